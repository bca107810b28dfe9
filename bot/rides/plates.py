"""Licence plates as people type them, brought to one form, so that two spellings of one plate are equal."""

from __future__ import annotations

import unicodedata

# The short names of provinces whose Traditional form differs; mainland plates carry the Simplified one.
_PROVINCES = str.maketrans("滬蘇魯粵瓊貴雲陝寧贛遼", "沪苏鲁粤琼贵云陕宁赣辽")
_MAINLAND = frozenset("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼")
# Mainland plates use neither O nor I after the letter of the city, so whoever types one means the digit.
_LOOKALIKES = str.maketrans("OI", "01")


def normalise_plate(text: str) -> str:
    """Upper case, half width, letters, digits and Chinese characters only; "浙a·d8c61 " gives "浙AD8C61".

    Mainland plates also get Simplified province names and 0 and 1 for O and I. The result may be empty.
    Doing it twice
    changes nothing.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    plate = "".join(_kept(character) for character in folded).translate(_PROVINCES)
    if len(plate) >= 3 and plate[0] in _MAINLAND:
        return plate[:2] + plate[2:].translate(_LOOKALIKES)
    return plate


def _kept(character: str) -> str:
    """The character if it can stand on a plate, its ASCII digit if it is a digit of any script, else
    nothing."""
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return character if "A" <= character <= "Z" or "\u4e00" <= character <= "\u9fff" else ""


def same_plate(one: str, other: str) -> bool:
    """Whether both name the same plate. Two texts without any plate character are not the same plate."""
    plate = normalise_plate(one)
    return bool(plate) and plate == normalise_plate(other)

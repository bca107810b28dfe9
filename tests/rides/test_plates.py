import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rides.plates import normalise_plate, same_plate

KEPT = st.text(alphabet="ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=1, max_size=8)
NOISE = st.sampled_from(["", " ", "·", "•", "-", ".", "\u3000", "\u200b", "・"])


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("浙A·D8C61", "浙AD8C61"),
        ("浙a d8c61", "浙AD8C61"),
        ("浙Ａ·Ｄ８Ｃ６１", "浙AD8C61"),
        ("滬B-D56120", "沪BD56120"),
        ("沪A·O927I", "沪A09271"),
        ("粤Z·1234港", "粤Z1234港"),
        ("lv21 kht", "LV21KHT"),
        ("SLT 2087 K", "SLT2087K"),
        ("RCD-3816", "RCD3816"),
        ("OI 12", "OI12"),
        ("٣٤ AB", "34AB"),
        ("!?", ""),
        ("", ""),
    ],
)
def test_spellings_become_one_form(typed: str, normal: str) -> None:
    assert normalise_plate(typed) == normal


@given(st.text(max_size=30))
def test_doing_it_twice_changes_nothing(text: str) -> None:
    once = normalise_plate(text)
    assert normalise_plate(once) == once


@given(st.text(max_size=30))
def test_only_characters_of_plates_are_left(text: str) -> None:
    assert all(
        c.isascii() and (c.isdigit() or c.isupper()) or "\u4e00" <= c <= "\u9fff"
        for c in normalise_plate(text)
    )


@given(plate=KEPT, noise=st.lists(NOISE, min_size=8, max_size=8))
def test_noise_case_and_width_do_not_matter(plate: str, noise: list[str]) -> None:
    typed = "".join(character + extra for character, extra in zip(plate, noise, strict=False))
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in typed.lower())
    assert same_plate(typed, plate)
    assert same_plate(wide, plate)


@given(one=KEPT, other=KEPT)
def test_different_plates_stay_different(one: str, other: str) -> None:
    assert same_plate(one, other) == (one == other)


def test_two_empty_texts_are_not_the_same_plate() -> None:
    assert not same_plate(" · ", "--")

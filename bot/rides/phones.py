"""Phones as people type them, as E.164, and masked."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

# Where a number without a country code may belong; the order decides which comes first.
REGIONS = ("CN", "HK", "TW", "SG", "GB")


def phone_candidates(text: str, regions: tuple[str, ...] = REGIONS) -> list[str]:
    """Every E.164 number that `text` may mean, the likeliest first; empty if it is no phone.

    A number that begins with + or 00 means one thing; a national one is tried in each of `regions` (ISO
    3166-1).
    Numbers that fit a country's lengths but no range in use come last: ranges are opened faster than
    libraries learn.
    """
    plain = re.sub(r"^\s*00(?=[1-9])", "+", unicodedata.normalize("NFKC", text))
    valid: list[str] = []
    possible: list[str] = []
    for region in (None,) if "+" in plain else regions:
        try:
            number = phonenumbers.parse(plain, region)
        except phonenumbers.NumberParseException:
            continue
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_valid_number(number):
            valid.append(e164)
        elif phonenumbers.is_possible_number(number):
            possible.append(e164)
    return list(dict.fromkeys(valid + possible))


def mask_phone(e164: str) -> str:
    """ "+8619900000001" gives "+86 199****0001"; of numbers under ten digits only the last four stay."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return "****" + e164[-2:]
    national = str(number.national_number)
    kept = 3 if len(national) >= 10 else 0
    return f"+{number.country_code} {national[:kept]}****{national[-4:]}"

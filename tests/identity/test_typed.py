"""Phones with whatever people type between their digits are hidden; what merely has digits is not."""

from __future__ import annotations

import pytest

from bot.identity.personal import text_for


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("138.0013.8000", "138****8000"),
        ("138/0013/8000", "138****8000"),
        ("138_0013_8000", "138****8000"),
        ("138–0013–8000", "138****8000"),
        ("138\u00a00013\u00a08000", "138****8000"),
        ("138\u200b00138000", "138****8000"),
        ("138 0013\n8000", "138****8000"),
        ("1 3 8 0 0 1 3 8 0 0 0", "138****8000"),
        ("１３８００１３８０００", "138****8000"),
        ("tel13800138000", "tel138****8000"),
        ("加wx138 0013 8000吧", "加wx138****8000吧"),
        ("13800138000x", "138****8000x"),
        ("91234567 98765432", "****4567 ****5432"),
        ("13800138000 / 13900139000", "138****8000 / 139****9000"),
        ("9123 4567 9876 5432", "****5432"),
        ("order 12345 13800138000", "order 12345 138****8000"),
        ("order CN2107000003 13800138000", "order CN2107000003 138****8000"),
        ("2026-11-22 91234567", "2026-11-22 ****4567"),
        ("91234567 2026-11-22", "****4567 2026-11-22"),
        ("at 13:30 91234567", "at 13:30 ****4567"),
        ("12.50 91234567", "12.50 ****4567"),
    ],
)
def test_a_phone_is_hidden_however_it_is_typed(typed: str, shown: str) -> None:
    assert text_for(False, typed) == shown
    assert text_for(True, typed) == typed


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T15:19:37.376138+00:00", "22/11/2026, open 09.00-18.00", "11/22-11/25", "2026.11.22", "2026年11月22日",
        "¥1,234,567.89 or 1234567.89", "12.50-18.50 CNY", "from 10:30 to 18:45:20", "31.230416, 121.473701",
        "order CN2107000003", "order 12345", "VG-7KD-M42", "粤B12345", "浙A·12345", "LV21 KHT",
        "019d8a13800138000bcdef0123456789", "12345678901234567890", "iPhone13 和 iPad2",
    ],
)  # fmt: skip
def test_what_is_no_phone_stays_readable(text: str) -> None:
    assert text_for(False, text) == text

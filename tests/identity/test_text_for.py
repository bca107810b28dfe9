"""Phones that somebody typed are masked for those who may not see them; dates, amounts, plates and orders are not phones."""

from __future__ import annotations

import pytest

from bot.identity.personal import text_for


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("call me on 13800138000 please", "call me on 138****8000 please"),
        ("我的电话是138 0013 8000，快", "我的电话是138****8000，快"),
        ("ring +44 7700 900123", "ring +4477****0123"),
        ("on 2026-11-21 it cost 122.47", "on 2026-11-21 it cost 122.47"),
        ("order CN2107000003, plate LV21 KHT", "order CN2107000003, plate LV21 KHT"),
        ("I waited 30 minutes at gate 12", "I waited 30 minutes at gate 12"),
    ],
)
def test_masks_only_phones(text: str, shown: str) -> None:
    assert text_for(False, text) == shown
    assert text_for(True, text) == text

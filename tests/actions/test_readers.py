"""Reading answers: phones, codes, amounts, times, places, as people write them in both languages."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from actions import readers, words

NOW = datetime(2026, 5, 20, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800138000", "13800138000"),
        ("我的号码是 138 0013 8000", "13800138000"),
        ("+44 (0)7700 900123", "+4407700900123"),
        ("１３８００１３８０００", "13800138000"),
        ("call me", None),
        ("12345", None),
    ],
)
def test_phones(text, phone):
    assert readers.phone(text) == phone


@pytest.mark.parametrize(
    ("text", "code"),
    [("123456", "123456"), ("12 34 56", "123456"), ("it is 998877.", "998877"), ("no", None)],
)
def test_codes(text, code):
    assert readers.code(text) == code


@pytest.mark.parametrize(
    ("text", "amount"),
    [("大概30块", "30"), ("£12.50", "12.50"), ("付了¥28", "28"), ("12 pounds", "12"), ("30", None)],
)
def test_amounts(text, amount):
    assert readers.money(text) == (Decimal(amount) if amount else None)


@pytest.mark.parametrize(
    ("text", "minutes_from_now"),
    [
        ("明早七点半", 16 * 60 + 30),
        ("tomorrow at 7:30 am", 16 * 60 + 30),
        ("晚上8点", 5 * 60),
        ("in 20 minutes", 20),
        ("半小时后", 30),
        ("2小时后", 120),
        ("at 9", None),
    ],
)
def test_times_ahead(text, minutes_from_now):
    at = readers.moment(text, NOW, future=True)
    assert at == (None if minutes_from_now is None else NOW + timedelta(minutes=minutes_from_now))


@pytest.mark.parametrize(
    ("text", "minutes_ago"),
    [
        ("昨晚九点半", 17 * 60 + 30),
        ("about an hour ago", 60),
        ("半个小时前", 30),
        ("20分钟前", 20),
        ("yesterday at 9:30 pm", 17 * 60 + 30),
    ],
)
def test_times_gone(text, minutes_ago):
    assert readers.moment(text, NOW, future=False) == NOW - timedelta(minutes=minutes_ago)


@pytest.mark.parametrize(
    ("text", "plate"),
    [("浙A·12345", "浙A·12345"), ("车牌沪B D5612D", "沪B D5612D"), ("plate GF22 XPL", "GF22 XPL")],
)
def test_plates(text, plate):
    assert readers.plate(text) == plate


@pytest.mark.parametrize("text", ["昨晚九点半", "about 9 pm", "好的"])
def test_no_plates(text):
    assert readers.plate(text) is None


def test_ways():
    assert readers.way("I need a car from Camden Town to Waterloo please") == ("Camden Town", "Waterloo")
    assert readers.way("明早从武林广场到杭州东站") == ("武林广场", "杭州东站")
    assert readers.way("get me a car") == (None, None)


class TestWords:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("我的手機", "phone"),
            ("house keys", "keys"),
            ("药", "medicine"),
            ("a monkey wrench", None),
            ("保温杯", "other"),
            ("双肩包", "bag"),
        ],
    )
    def test_things(self, text, kind):
        assert words.kind_of("items", text) == kind

    def test_traditional_characters_are_understood_and_given_back_as_written(self):
        assert words.named_kind("items", "我的手機不見了") == ("phone", "手機")

    @pytest.mark.parametrize(
        ("text", "leaves"), [("算了", True), ("never mind, thanks", True), ("算了一下多收了十块", False)]
    )
    def test_leaving(self, text, leaves):
        assert words.is_only("leave", text) is leaves

"""Reading answers: phones, codes, amounts, times, places, as people write them in both languages."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from actions import days, readers, words

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


# Saturday the 16th, noon: what people say of nights and weekdays.
SATURDAY = datetime(2026, 5, 16, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("今晚12点", (17, 0, 0)),
        ("tonight at 12:30", (17, 0, 30)),
        ("今晚1点", (17, 1, 0)),
        ("1 am tonight", (17, 1, 0)),
        ("明晚十二点", (18, 0, 0)),
        ("明天凌晨12点", (17, 0, 0)),
        ("明天凌晨1点", (17, 1, 0)),
        ("明天中午12点", (17, 12, 0)),
        ("今晚10点", (16, 22, 0)),
        ("Friday at 6 am", (22, 6, 0)),
        ("on Saturday at 6 am", (23, 6, 0)),
        ("on Saturday at 6 pm", (16, 18, 0)),
        ("下周一早上6点", (18, 6, 0)),
        ("周日下午3点", (17, 15, 0)),
        ("今天想预约明天早上8点", (17, 8, 0)),
        ("今晚想订明天早上8点", (17, 8, 0)),
    ],
)
def test_nights_and_weekdays_ahead(text, at):
    told = readers.moment(text, SATURDAY, future=True)
    assert told is not None and (told.day, told.hour, told.minute) == at


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("昨晚12点", (16, 0, 0)),
        ("昨晚凌晨1点", (16, 1, 0)),
        ("last night at 11:15", (15, 23, 15)),
        ("上周五晚上9点", (15, 21, 0)),
        ("last Friday at 9 pm", (15, 21, 0)),
        ("on Saturday at 6 am", (16, 6, 0)),
    ],
)
def test_nights_and_weekdays_gone(text, at):
    told = readers.moment(text, SATURDAY, future=False)
    assert told is not None and (told.day, told.hour, told.minute) == at


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("tomorrow's ride", {17}),
        ("明天那趟", {17}),
        ("后天的", {18}),
        ("the day before yesterday", {14}),
        ("昨晚", {15}),
        ("last Friday", {8, 15}),
        ("上周五", {8, 15}),
        ("周五那趟", {15, 22}),
        ("the other day", set(range(2, 16))),
        ("前几天", set(range(2, 16))),
        ("my ride", set()),
        ("最后天黑了才到", set()),
    ],
)
def test_days(text, named):
    assert {day.day for day in days.days(text, SATURDAY.date())} == named


def test_the_small_hours_belong_to_last_night():
    named = days.days("昨晚那趟", SATURDAY.date())
    assert days.is_on(SATURDAY.replace(hour=1), "昨晚那趟", named)
    assert not days.is_on(SATURDAY.replace(hour=9), "昨晚那趟", named)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("车费35元，我想给司机5元小费", "5"),
        ("the ride was £12 and I would like to tip £2", "2"),
        ("tip the driver £5", "5"),
        ("给师傅10块小费", "10"),
        ("ride was £12.50. tip £2.50", "2.50"),
        ("车费35元，想给点小费", None),
        ("tip £2, no, £3", None),
        ("I'd like to tip", None),
    ],
)
def test_tips(text, amount):
    assert readers.tip(text) == (Decimal(amount) if amount else None)


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

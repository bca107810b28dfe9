"""The times that an agent's words name, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.console.named_times import earliest, minutes_named

# 14:00 in Hangzhou.
AT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("within two hours", 120), ("半小时内", 30), ("十分钟内", 10), ("in 45 mins", 45), ("1天内", 1440), ("at five", None),
        ("in forty-five minutes", 45), ("in a quarter of an hour", 15), ("a few minutes", 10), ("三十五分钟后", 35),
        ("一个半小时内", 90), ("一刻钟", 15), ("within 1.5 hours", 90), ("几分钟后", 10), ("within the hour", 60),
        ("5分钟内回复，一小时内有结果", 5), ("within 3 to 5 days", 7200), ("give me ten", 10), ("48小时", 2880),
        ("三天内", 4320),
    ],
)  # fmt: skip
def test_spans(said: str, minutes: int | None) -> None:
    assert minutes_named(said) == minutes


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("you'll hear from us by 5pm", 3), ("before 17:00", 3), ("三点前给您回电", 1), ("三点半给您回电", 1.5),
        ("今晚八点联系您", 6),
        ("I'll call you tonight", 10), ("今天之内给您结果", 10), ("明天上午答复您", 22), ("I'll call you tomorrow", 34),
        ("明天下午三点给您回电", 25), ("this afternoon", 4), ("we call you before noon", 22), ("by 2:30", 0.5),
        ("后天给您结果", 58),
    ],
)  # fmt: skip
def test_times_of_day_are_those_where_the_vehicle_is(said: str, hours: float) -> None:
    window = earliest([said], AT, ZONE)
    assert window is not None and window.last == AT + timedelta(hours=hours)


def test_without_a_zone_a_time_of_day_comes_within_its_day() -> None:
    window = earliest(["by 5pm"], AT, None)
    assert window is not None and window.last == AT + timedelta(days=1)


@pytest.mark.parametrize("said", ["shortly", "I'll call you soon", "马上给您回电话", "稍后回复您"])
def test_shortly_is_half_an_hour_at_most_and_may_be_at_once(said: str) -> None:
    window = earliest([said], AT, ZONE)
    assert window is not None and (window.first, window.last) == (AT, AT + timedelta(minutes=30))


def test_the_earliest_of_several_counts_and_a_timer_of_its_first_half_is_anothers() -> None:
    window = earliest(["within 24 hours", "5分钟内给您回复"], AT, ZONE)
    assert window is not None
    assert (window.first, window.last) == (AT + timedelta(minutes=2.5), AT + timedelta(minutes=5))


def test_words_without_a_time_name_none() -> None:
    assert earliest(["我在看您写的内容"], AT, ZONE) is None


@pytest.mark.parametrize("zone", [None, ZONE])
@pytest.mark.parametrize(
    "said",
    [
        "订单 88412345678 天河城那单",
        "I will reply in 99999999999 hours",
        "我会在 88412345678 天内回复您",
        "9" * 400 + " 小时内",
        "3点99999999999999999999回复您",
        "1一点前回复您",
    ],
)
def test_a_number_beyond_all_promises_before_a_unit_is_no_time(said: str, zone: str | None) -> None:
    assert minutes_named(said) is None
    window = earliest([said], AT, zone)
    assert window is None or window.last <= AT + timedelta(days=2)


def test_another_time_beside_such_a_number_still_counts() -> None:
    window = earliest(["订单 88412345678 天河城那单我稍后给您答复"], AT, ZONE)
    assert window is not None and window.last == AT + timedelta(minutes=30)

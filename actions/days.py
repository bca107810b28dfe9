"""The days that a message names. Pure functions over text."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

_BEFORE_YESTERDAY = re.compile(r"前天|day before yesterday", re.IGNORECASE)
_LAST_NIGHT = re.compile(r"昨晚|昨夜|last night", re.IGNORECASE)
_YESTERDAY = re.compile(r"昨天|昨晚|昨日|昨夜|(?<!before )yesterday|last night", re.IGNORECASE)
_TODAY = re.compile(r"今天|今早|今晚|今日|today|tonight|this (?:morning|afternoon|evening)", re.IGNORECASE)
_TOMORROW = re.compile(r"明天|明早|明晚|明日|(?<!after )\btomorrow|\btmr\b", re.IGNORECASE)
_AFTER_TOMORROW = re.compile(r"(?<![最之以])[后後]天|day after tomorrow", re.IGNORECASE)
_DAYS_AGO = re.compile(
    r"前几天|前幾天|几天前|幾天前|前些天|前阵子|前陣子|上周(?![一二三四五六日天])|上週(?![一二三四五六日天])|上个?(?:星期|礼拜)(?![一二三四五六日天])"
    r"|the other day|(?:few|couple of|some) days ago|last week\b",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"(?P<zh_which>上|下|这|這|本)?个?(?:周|週|星期|礼拜|禮拜)(?P<zh>[一二三四五六日天])"
    r"|(?:\b(?P<en_which>last|next|this) )?\b(?P<en>mon|tues|wednes|thurs|fri|satur|sun)day",
    re.IGNORECASE,
)
_NUMBERS = {name: place for place, name in enumerate("一二三四五六日")} | {"天": 6}
_ENGLISH = {
    name: place for place, name in enumerate(("mon", "tues", "wednes", "thurs", "fri", "satur", "sun"))
}
# How far back "the other day" reaches.
_VAGUE_DAYS = 14


def weekday(text: str, today: date) -> tuple[date, ...]:
    """The dates that a named weekday may mean, the likeliest for a plan first; empty if none is named.

    "last" and "next" mean the nearest such day for some and that of the calendar week for others: both are given.
    """
    found = _WEEKDAY.search(text)
    if not found:
        return ()
    which = (found["zh_which"] or found["en_which"] or "").lower()
    number = _NUMBERS[found["zh"]] if found["zh"] else _ENGLISH[found["en"].lower()]
    this_week = today + timedelta(days=number - today.weekday())
    nearest = today + timedelta(days=(number - today.weekday()) % 7)
    week = timedelta(days=7)
    if which in ("上", "last"):
        before = nearest - week
        return tuple(dict.fromkeys((before, this_week - week)))
    if which in ("下", "next"):
        return tuple(dict.fromkeys((this_week + week, nearest if nearest > today else nearest + week)))
    if which in ("这", "這", "本", "this"):
        return (this_week,)
    return (nearest, nearest - week)


def near(text: str, today: date) -> frozenset[date]:
    """The days from two before today to two after that a message names by such words as "tomorrow"."""
    told = {
        _BEFORE_YESTERDAY: -2,
        _YESTERDAY: -1,
        _TODAY: 0,
        _TOMORROW: 1,
        _AFTER_TOMORROW: 2,
    }
    return frozenset(today + timedelta(days=ahead) for pattern, ahead in told.items() if pattern.search(text))


def days(text: str, today: date) -> frozenset[date]:
    """The days that a message may mean; empty if it names none. today: where the ride is."""
    vague = range(1, _VAGUE_DAYS + 1) if _DAYS_AGO.search(text) else ()
    ago = frozenset(today - timedelta(days=count) for count in vague)
    return near(text, today) | frozenset(weekday(text, today)) | ago


def is_on(at: datetime, text: str, named: frozenset[date]) -> bool:
    """Whether a time of day (local) is on one of the days named. The small hours still belong to "last night"."""
    if _LAST_NIGHT.search(text) and at.hour < 5 and (at - timedelta(days=1)).date() in named:
        return True
    return at.date() in named

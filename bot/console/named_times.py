"""The times that words name, in both languages: "within two hours", "三十分钟内", "by 5pm", "明天下午", "shortly"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.chat.listeners.sentinel import normalise

_ONES = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_SINGLE = {word: float(number) for number, word in enumerate(_ONES, 1)}
_COUNTS = {
    **_SINGLE, **_TENS, "a": 1, "an": 1, "the": 1, "the next": 1, "half a": 0.5, "half an": 0.5, "a quarter of an": 0.25,
    "a few": 10, "a couple": 2, "a couple of": 2, "several": 10,
}  # fmt: skip
_TEN = "|".join(_TENS)
_NUMBER = (
    rf"\d+(?:\.\d+)?|(?:{_TEN})(?:[- ](?:{'|'.join(_ONES[:9])}))?|{'|'.join(reversed(_ONES))}"
    r"|half an?|a quarter of an|a few|a couple(?: of)?|several|the next|an?|the"
)
_SPAN = re.compile(
    r"(\d+(?:\.\d+)?|[半一二两三四五六七八九十百几]+)\s*(?:多|来)?(个半|个|半)?(分|小时|钟头|刻钟|工作日|天|日内|秒)(半)?"
    rf"|\b({_NUMBER}) ?(?:more |short |full |working |business |-)?(min|hour|hr|day|week|sec|h\b)"
)
_BARE = re.compile(rf"\b(?:in|give me|give us) (?:about )?({_NUMBER})\b(?! ?[:.]?\d)(?: ?$|[ ,])")
_UNITS = {
    "分": 1, "小时": 60, "钟头": 60, "刻钟": 15, "工作日": 1440, "天": 1440, "日内": 1440, "秒": 1 / 60,
    "min": 1, "hour": 60, "hr": 60, "h": 60, "day": 1440, "week": 10_080, "sec": 1 / 60,
}  # fmt: skip
_HAN = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_A_FEW = 10
_FIGURES = re.compile(r"\d+(?:\.\d+)?")
# A longer span is no promise but a number that stands before a unit by chance (an order's before 天河).
_LONGEST_MINUTES = 366 * 1440
# "Shortly" is a time too: what it means at most.
SHORTLY = timedelta(minutes=30)
_VAGUE = re.compile(
    r"\b(?:shortly|soon|momentarily|right away|straight away|immediately|in a (?:moment|bit|while|few|sec))\b"
    r"|马上|稍后|稍候|待会|一会|等会|等下|很快|立刻|立即|立马|随后|过会|片刻|不久|晚点|晚一点"
)
_DAYS = (
    (re.compile(r"\btomorrow\b|明[天日早晚]"), 1),
    (re.compile(r"(?:^|[^大])后天"), 2),
    (re.compile(r"大后天"), 3),
    (re.compile(r"\b(?:today|tonight|this (?:morning|afternoon|evening)|end of (?:the )?day|eod|close of business)\b"
                r"|今[天日晚]|下班"), 0),
)  # fmt: skip
_PARTS = (
    (re.compile(r"\b(?:morning|noon|midday|lunch(?:time)?)\b|上午|中午|早上|明早"), 12),
    (re.compile(r"\bafternoon\b|下午"), 18),
    (re.compile(r"\b(?:midnight|tonight|evening)\b|晚上|今晚|明晚|傍晚"), 24),
)
_CLOCK = re.compile(
    r"\b(?:by|before|until|around|at|after|no later than) (?:about )?(\d{1,2})(?:[:.](\d{2}))? ?([ap])?\.?(?:m\b)?"
    rf"|\b(?:by|before|at) ({'|'.join(_ONES[:12])})\b(?! \w*(?:min|hour|day))"
    r"|([一二两三四五六七八九十\d]{1,3})点(半|[一二三四五六七八九十\d]{1,3})?|(?:^|\D)(\d{1,2}):(\d{2})"
)


@dataclass(frozen=True)
class Window:
    """When the timer of a named time may fall due: a timer before `first` is another promise's, one after `last` too late."""

    first: datetime
    last: datetime


def minutes_named(text: str) -> int | None:
    """The shortest span of time that `text` names, in whole minutes ("30 分钟内", "within two hours"); None without one."""
    spans = _spans(normalise(text))
    return max(1, round(min(spans))) if spans else None


def earliest(clauses: list[str], at: datetime, zone: str | None) -> Window | None:
    """The window of the earliest time that these clauses, said at `at`, name; None when no time in them can be read.

    zone: the time zone where the vehicle is; without it a time of day is only known to come within its day.
    """
    found: list[Window] = []
    for clause in clauses:
        plain = normalise(clause)
        spans = _spans(plain)
        by = at + timedelta(minutes=min(spans)) if spans else _by_the_clock(plain, at, zone)
        if by is not None:
            found.append(Window(at + (by - at) / 2, by))
        elif _VAGUE.search(plain):
            found.append(Window(at, at + SHORTLY))
    return min(found, key=lambda one: one.last, default=None)


def _spans(plain: str) -> list[float]:
    """Every span named, in minutes."""
    found = []
    for hit in _SPAN.finditer(plain):
        zh, half, zh_unit, after, en, en_unit = hit.groups()
        count = _han(zh) + (0.5 if "半" in (half or "") or after else 0) if zh else _english(en)
        found.append(count * _UNITS[zh_unit or en_unit])
    if not found:
        found = [
            _english(hit[1]) for hit in _BARE.finditer(plain) if hit[1] not in ("a", "an", "the", "the next")
        ]
    return [one for one in found if 0 < one <= _LONGEST_MINUTES]


def _english(word: str) -> float:
    if word[0].isdigit():
        return float(word)
    if word in _COUNTS:
        return float(_COUNTS[word])
    tens, _, ones = word.replace("-", " ").partition(" ")
    return _TENS[tens] + _SINGLE.get(ones, 0)


def _han(word: str) -> float:
    if figures := _FIGURES.match(word):
        return float(figures[0])
    if word == "半":
        return 0.5
    if "几" in word:
        return _A_FEW if word == "几" else _A_FEW * 2
    total, digit = 0, 0
    for sign in word:
        if sign == "十":
            total, digit = total + (digit or 1) * 10, 0
        elif sign == "百":
            total, digit = total + (digit or 1) * 100, 0
        else:
            digit = _HAN.get(sign, 0)
    return float(total + digit)


def _by_the_clock(plain: str, at: datetime, zone: str | None) -> datetime | None:
    """The end of the time of day or the day that is named."""
    day = next((days for pattern, days in _DAYS if pattern.search(plain)), None)
    part = next((hour for pattern, hour in _PARTS if pattern.search(plain)), None)
    clock = _CLOCK.search(plain)
    if day is None and part is None and clock is None:
        return None
    if zone is None:
        return at + timedelta(days=1 + (day or 0))
    local = at.astimezone(ZoneInfo(zone))
    midnight = datetime.combine(local.date() + timedelta(days=day or 0), time(), local.tzinfo)
    # A clock of twelve hours: the next time that it shows this.
    hour, halves = (_hour(clock), _halves(clock, part)) if clock else (float(part or 24), False)
    if halves and hour < 12 and (part or 0) > 12:
        hour += 12
    by = midnight + timedelta(hours=hour)
    while by <= local and day is None:
        by += timedelta(hours=12 if halves and part is None else 24)
    return by if by > local else None


def _hour(clock: re.Match[str]) -> float:
    en, en_minutes, half, word, zh, zh_minutes, digits, minutes = clock.groups()
    if word:
        return _SINGLE[word]
    if zh:
        return _han(zh) + (0.5 if zh_minutes == "半" else _han(zh_minutes) / 60 if zh_minutes else 0)
    hour = int(en or digits) + int(en_minutes or minutes or 0) / 60
    return hour % 12 + (12 if half == "p" else 0) if half else hour


def _halves(clock: re.Match[str], part: int | None) -> bool:
    """Whether the hour may be meant of either half of the day."""
    return clock[3] is None and _hour(clock) <= 12 and (part is None or part > 12)

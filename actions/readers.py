"""Reading an answer out of a message: phones, codes, money, mail addresses, times, names. Pure functions over
text."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from actions import days

# An answer is short: what comes after so many characters is not read.
READ = 500
_WIDE = str.maketrans("０１２３４５６７８９：．－＋，", "0123456789:.-+,")
_PHONE = re.compile(r"\+?\d[\d \-().]{5,18}\d")
_CODE = re.compile(r"(?<!\d)\d{4,8}(?!\d)")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_AMOUNT = re.compile(r"(\d{1,6}(?:\.\d{1,2})?)")
_MONEY = re.compile(
    r"(?:[¥￥$£€]|HK\$|NT\$|S\$|RMB|CNY|HKD|TWD|GBP|SGD)\s*(\d{1,6}(?:\.\d{1,2})?)"
    r"|(\d{1,6}(?:\.\d{1,2})?)\s*(?:元|块|塊|蚊|镑|yuan|rmb|dollars?|pounds?|quid|bucks|CNY|HKD|TWD|GBP|SGD)",
    re.IGNORECASE,
)
# Latin plates only in capitals: small letters with digits are too often ordinary words.
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]\s*[A-Za-z][\s·.\-]*[A-Za-z0-9]{5,6}"
    r"|(?<![A-Z0-9])(?=[A-Z0-9 \-]{0,9}\d)(?=[A-Z0-9 \-]{0,9}[A-Z])"
    r"[A-Z]{1,3}[A-Z0-9]{0,3}[ \-]?[A-Z0-9]{2,5}(?![A-Za-z0-9])"
)
_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:：](\d{2})(?!\d)\s*(am|pm|a\.m\.|p\.m\.)?", re.IGNORECASE)
_AM_PM = re.compile(r"(?<!\d)(\d{1,2})\s*(am|pm|a\.m\.|p\.m\.)", re.IGNORECASE)
_DIAN = re.compile(
    r"(\d{1,2}|[一二两兩三四五六七八九十]{1,3})\s*[点點](?:钟|鐘)?\s*(半|一刻|三刻|(\d{1,2})\s*分?)?"
)
_IN_MINUTES = re.compile(r"in (\d{1,3}) ?min|(\d{1,3}) ?分钟后|(\d{1,3}) ?分鐘後", re.IGNORECASE)
_IN_HOURS = re.compile(
    r"in (an|\d{1,2}) ?hours?|(\d{1,2}|一|两|半)个?小时后|(\d{1,2}|一|兩|半)個?小時後", re.IGNORECASE
)
_MINUTES_AGO = re.compile(r"(\d{1,3}) ?min(?:ute)?s? ago|(\d{1,3}) ?分[钟鐘]之?前", re.IGNORECASE)
_HOURS_AGO = re.compile(
    r"(an?|one|two|three|\d{1,2}) hours? ago|(\d{1,2}|[一二两兩三四五半])个?個?小[时時]之?前", re.IGNORECASE
)
_ENGLISH = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
_DATE = re.compile(r"(?<!\d)(?:(\d{4})[-/年])?(\d{1,2})[-/月](\d{1,2})日?(?!\d)")
ZERO = Decimal(0)
_HAN = {
    "一": 1,
    "二": 2,
    "两": 2,
    "兩": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}


def plain(text: str) -> str:
    """Full-width digits and marks as the usual ones."""
    return text[:READ].translate(_WIDE)


def phone(text: str) -> str | None:
    """The first phone number, digits only with a leading + if it was written; None if there is none."""
    found = _PHONE.search(plain(text))
    if not found:
        return None
    digits = re.sub(r"\D", "", found.group())
    return ("+" if found.group().startswith("+") else "") + digits if 7 <= len(digits) <= 15 else None


def code(text: str) -> str | None:
    """A one-time code of 4 to 8 digits, spaces between them allowed."""
    bare = re.sub(r"[\s-]", "", plain(text))
    if bare.isdigit() and 4 <= len(bare) <= 8:
        return bare
    found = _CODE.search(plain(text))
    return found.group() if found else None


def email(text: str) -> str | None:
    found = _EMAIL.search(text[:READ])
    return found.group().rstrip(".") if found else None


def plate(text: str) -> str | None:
    found = _PLATE.search(plain(text))
    return found.group().strip() if found else None


def money(text: str, bare: bool = False) -> Decimal | None:
    """An amount with a currency word or sign; with `bare`, a plain number too."""
    found = _MONEY.search(plain(text)) or (_AMOUNT.search(plain(text)) if bare else None)
    return Decimal(next(part for part in found.groups() if part)) if found else None


_CLAUSE = re.compile(r"[,，。;；!！?？\n]|\.(?!\d)|\b(?:and|but)\b", re.IGNORECASE)
_TIP = re.compile(r"\btip|gratuity|小费|小費|打赏|打賞", re.IGNORECASE)
_OF_THE_FARE = re.compile(
    r"车费|車費|车钱|車錢|收了|付了|花了|一共|总共|總共|fare|cost|paid|charged|ride (?:was|is)|trip (?:was|is)",
    re.IGNORECASE,
)


def tip(text: str) -> Decimal | None:
    """The amount of a tip; None where another may be meant. The clause of the fare is not read; of several amounts
    left, only the last may be the tip, and only where nothing but its own clause tells of one."""
    clauses = [part for part in _CLAUSE.split(plain(text)) if not _OF_THE_FARE.search(part)]
    told = [(found, bool(_TIP.search(part))) for part in clauses for found in _MONEY.finditer(part)]
    if len(told) == 1 or [tips for _, tips in told[-2:]] == [False, True]:
        return Decimal(next(part for part in told[-1][0].groups() if part))
    return None


def _ago(text: str) -> timedelta | None:
    if re.search(r"half an hour ago|半个?個?小[时時]前", text, re.IGNORECASE):
        return timedelta(minutes=30)
    if found := _MINUTES_AGO.search(text):
        return timedelta(minutes=int(next(part for part in found.groups() if part)))
    if found := _HOURS_AGO.search(text):
        word = next(part for part in found.groups() if part).lower()
        return timedelta(hours=_ENGLISH.get(word) or han_number(word))
    return None


def han_number(text: str) -> int:
    """A number up to 99 in Chinese or in digits; 0 for anything else."""
    if text.isdigit():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_HAN.get(tens, 1) if tens else 1) * 10 + (_HAN.get(ones, 0) if ones else 0)
    return _HAN.get(text, 0)


# Whether a time of day says which half of the day it is of.
HALF_TOLD = re.compile(
    r"(?<=\d)\s*[ap]\.?m\b|凌晨|清早|早上|上午|下午|傍晚|晚|夜|night|morning|evening|afternoon", re.IGNORECASE
)
# After midnight is still "tonight".
_NIGHT_LASTS = 5


def clock(text: str) -> tuple[int, int] | None:
    """Hour and minute that a message names; hours from 24 on belong to the night that the day named ends with."""
    if found := _CLOCK.search(text):
        hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").lower()
    elif found := _AM_PM.search(text):
        hour, minute, half = int(found[1]), 0, found[2].lower()
    elif found := _DIAN.search(text):
        tail = found[2] or ""
        minute = {"半": 30, "一刻": 15, "三刻": 45, "": 0}.get(tail, int(found[3]) if found[3] else 0)
        hour, half = han_number(found[1]), ""
    else:
        return None
    return (_of_the_day(hour, half[:1], text), minute) if hour < 24 and minute < 60 else None


def _of_the_day(hour: int, half: str, text: str) -> int:
    """half: "a", "p" or nothing."""
    night = re.search(r"(?<!傍)晚|夜|night", text, re.IGNORECASE)
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif hour == 12 and (night or "凌晨" in text):
        hour = 0
    elif re.search(r"凌晨|in the morning|清早|早上|上午|[今明]早", text, re.IGNORECASE):
        pass
    elif night and _NIGHT_LASTS <= hour < 12:
        hour += 12
    elif re.search(r"下午|傍晚|evening|afternoon", text, re.IGNORECASE) and 1 <= hour < 12:
        hour += 12
    return hour + 24 if night and hour < _NIGHT_LASTS else hour


def moment(text: str, now: datetime, *, future: bool) -> datetime | None:
    """A date and time as people write it. now: aware, in the zone meant; future: a time gone by today
    means tomorrow."""
    said = plain(text)
    if found := _IN_MINUTES.search(said):
        return now + timedelta(minutes=int(next(part for part in found.groups() if part)))
    if found := _IN_HOURS.search(said):
        count = next(part for part in found.groups() if part)
        hours = 0.5 if count == "半" else 1 if count == "an" else han_number(count)
        return now + timedelta(hours=hours)
    if (gone := _ago(said)) is not None:
        return now - gone
    told = clock(said)
    if told is None:
        return None
    at = now.replace(hour=told[0] % 24, minute=told[1], second=0, microsecond=0)
    at += timedelta(days=told[0] // 24)
    if found := _DATE.search(said):
        try:
            on = date(int(found[1] or now.year), int(found[2]), int(found[3]))
        except ValueError:
            return None
        return at + (on - now.date())
    return at + _days_away(said, at, now, future)


def _days_away(said: str, at: datetime, now: datetime, future: bool) -> timedelta:
    """From today to the day meant. at: the time of day named, if it were today's."""
    today = now.date()
    weekdays = days.weekday(said, today)
    if weekdays:
        fit = [on - today for on in weekdays if (at + (on - today) > now) == future]
        # The last such day has a time gone by today, or the next a time still to come: a week on.
        return fit[0] if fit else weekdays[0] - today + timedelta(days=7 if future else -7)
    named = days.near(said, today)
    if named:
        return (max(named) if future else min(named)) - today
    return timedelta(days=1) if future and at <= now else timedelta(0)


_AROUND_PLACE = re.compile(
    r"^(?:from|to|at|in|near|i was|it was|we went|went|going|got (?:in|off|out)|picked up|dropped(?: off)?|the|my"
    r"|从|從|到|在|去|我|是|上车|下车|坐车|坐的|地点是|地点|大概|大约)+[\s:：]*"
    r"|(?:上的?车|上車|下的?车|下車|附近|那边|那里|around|about)+$",
    re.IGNORECASE,
)


def place(text: str) -> str | None:
    """What is left of a message without times, plates and amounts, as the name of a place; None if nothing is."""
    rest = plain(text)
    for pattern in (_PLATE, _MONEY, _CLOCK, _AM_PM, _DIAN, _DATE, _PHONE):
        rest = pattern.sub(",", rest)
    rest = re.sub(
        r"昨天|昨晚|今天|今早|前天|早上|上午|下午|晚上|中午|yesterday|today|last night|this morning|tonight",
        ",",
        rest,
        flags=re.IGNORECASE,
    )
    for part in re.split(r"[,.;，。；、/\n]| to |到| and |和", rest):
        bare = part.strip()
        while (shorter := _AROUND_PLACE.sub("", bare).strip()) != bare:
            bare = shorter
        if len(bare) >= 2 and not bare.isdigit() and len(bare) <= 60:
            return bare
    return None


_ORDER_NO = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2,4}-?\d{8,14}(?![A-Za-z0-9])")


def order_number(text: str) -> str | None:
    found = _ORDER_NO.search(plain(text))
    return found.group() if found else None


_PROMO = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Z0-9-]{0,20}[A-Z])(?=[A-Z0-9-]{0,20}\d)[A-Z0-9-]{4,20}(?![A-Za-z0-9])"
)


def promo_code(text: str) -> str | None:
    """A promo code as they are printed: capitals with at least one digit."""
    found = _PROMO.search(plain(text))
    return found.group() if found else None


_WAY = (
    re.compile(
        r"\bfrom (?P<start>.{2,60}?) to (?P<end>.{2,60}?)"
        r"(?= (?:at|on|tomorrow|today|tonight|now|please|for)\b|[,.!?]|$)",
        re.IGNORECASE,
    ),
    re.compile(r"从(?P<start>.{2,20}?)(?:出发)?(?:到|去|至)(?P<end>.{2,20}?)(?=的?车|，|,|。|吗|$)"),
    re.compile(
        r"\bto (?P<end>(?:the )?[A-Z].{1,60}?)(?= (?:at|on|tomorrow|today|tonight|now|please|for)\b|[,.!?]|$)"
    ),
)


def way(text: str) -> tuple[str | None, str | None]:
    """The places of "from A to B", each None if not told."""
    for pattern in _WAY:
        if found := pattern.search(text[:READ]):
            parts = found.groupdict()
            return parts.get("start"), parts.get("end")
    return None, None


_CHANGED_TO = re.compile(
    r"(?:改成|改到|改去|改为|換成|换成|换到|送到|去|到|在)(?P<zh>[^，。,.!！?？]{2,20}?)(?:吧|上车|下车|接我|可以吗|行吗|好吗|吗|[，。,.!！?？]|$)"
    r"|\b(?:to|at) (?P<en>[\w'’&. -]{2,60}?)(?= (?:instead|please|now|rather|not)\b|[,!?]|\.|$)",
    re.IGNORECASE,
)


def changed_to(text: str) -> list[str]:
    """What may be the place of "change it to …", the last first. Guesses: only a map tells whether one is
    a place."""
    found = [match["zh"] or match["en"] for match in _CHANGED_TO.finditer(text[:READ])]
    return [name.strip() for name in reversed(found)]

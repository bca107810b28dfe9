"""A macro's text for one conversation: what the desk knows and this reporter may be told; the rest is left in braces."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.conversations.models import Conversation
from bot.kit.now import now
from bot.macros.schemas import MacroContent, variables
from bot.policy import policy

_BRACED = re.compile(r"\{([a-z_]+)\}")
# What an unknown name leaves behind: "Hello , …" and "，您好".
_GAPS = (
    (re.compile(r"^[\s,，、:：]+"), ""),
    (re.compile(r"[ \t]+([,，.。!！?？])"), r"\1"),
    (re.compile(r"  +"), " "),
)


@dataclass(frozen=True)
class Facts:
    """What variables are filled from. trip: of the reporter's own trip alone; zone: of the vehicle, None when unknown."""

    values: dict[str, str] = field(default_factory=dict)
    zone: str | None = None


@dataclass(frozen=True)
class Rendered:
    """missing: variables that stay in braces for the agent to fill; promise_at: the time that the text names."""

    text: str
    missing: list[str]
    promise_at: datetime | None


def own_trip(conversation: Conversation) -> bool:
    """Whether the trip may be spoken of: it is this person's own, by more than their word. Others must not learn that it
    exists (TAXONOMY: what is told to whom)."""
    proved = conversation.identity != "none" and conversation.role in ("rider", "driver")
    return proved and conversation.trip_id is not None


def render(content: MacroContent, locale: str, facts: Facts) -> Rendered:
    """The text in the reporter's language. A reporter without a known name is addressed without one."""
    text = content.text.of(locale)
    values = {"reporter": "", **{name: value for name, value in facts.values.items() if value}}
    promise_at = None
    if content.promise_minutes is not None:
        promise_at = now() + timedelta(minutes=content.promise_minutes)
        values["minutes"] = minutes_in_words(content.promise_minutes, locale)
        values["time"] = _clock_time(promise_at, facts.zone)
    missing = [name for name in variables(text) if name not in values]
    return Rendered(fill(text, values), missing, promise_at)


def fill(text: str, values: dict[str, str]) -> str:
    """`text` with the known variables filled in; unknown ones stay as they are."""
    filled = _BRACED.sub(lambda found: values.get(found.group(1), found.group(0)), text)
    for gap, instead in _GAPS:
        filled = gap.sub(instead, filled)
    return filled


def minutes_in_words(minutes: int, locale: str) -> str:
    """15 → "15 分钟" / "15 minutes"; whole hours and days in those."""
    for size, zh, en in ((1440, "天", "day"), (60, "小时", "hour"), (1, "分钟", "minute")):
        if minutes % size == 0:
            count = minutes // size
            return f"{count} {zh}" if locale == "zh" else f"{count} {en}{'' if count == 1 else 's'}"
    raise AssertionError("every whole number of minutes is divisible by one")


def _clock_time(at: datetime, zone: str | None) -> str:
    """The wall clock where the vehicle is; where that is unknown, the policy's own zone, which is then named."""
    if zone is not None:
        return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    home = policy().reports.zone
    return f"{at.astimezone(ZoneInfo(home)):%H:%M} ({home.rpartition('/')[2].replace('_', ' ')})"

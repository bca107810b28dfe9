"""A macro: what it says in both languages, where it fits, what it rests on. Its variables, checked when it is saved."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.errors import Unprocessable
from bot.kit.locale import say
from bot.policy import Grade

State = Literal["active", "retired"]
# Filled in by the desk where it knows them and the reporter may be told (bot.macros.rendering).
FILLED = (
    "reporter", "agent", "reference", "plate", "driver", "vehicle", "order", "pickup", "destination", "emergency",
    "time", "minutes",
)  # fmt: skip
# Left for the agent: the answer is not sent while one of them stands in it.
BLANKS = ("amount", "item", "place", "name", "phone", "number", "email", "date")
OF_THE_PROMISE = frozenset({"time", "minutes"})
_BRACED = re.compile(r"\{([^{}]*)\}")


class Both(BaseModel):
    """The same in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str

    def of(self, locale: str) -> str:
        return self.zh if locale == "zh" else self.en


class MacroContent(BaseModel):
    """topic: an intent of the policy, or `talk`; grades: of the conversations it is offered in; act: the timeline must hold it
    before the text goes out; promise_minutes: using it starts a clock of that length."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Both
    text: Both
    topic: str = Field(default="talk", max_length=60)
    grades: list[Grade] = Field(min_length=1)
    act: str | None = Field(default=None, max_length=60)
    promise_minutes: int | None = Field(default=None, ge=1, le=10_080)


@dataclass(frozen=True)
class Macro:
    """A macro as it stands. version 0 is the one that ships with the product."""

    id: str
    version: int
    state: State
    content: MacroContent
    changed_name: str | None
    changed_at: datetime | None


_LONGEST = {"name": 80, "text": 1500}


def variables(text: str) -> list[str]:
    """What stands in braces, in order and once each."""
    return list(dict.fromkeys(_BRACED.findall(text)))


def check(content: MacroContent, locale: str) -> None:
    """Raises Unprocessable whose words name what is wrong: an empty or too long text, an unknown variable, a brace that is
    left alone, other variables in one language than in the other, a time without the promise that keeps it."""
    for field, longest in _LONGEST.items():
        both: Both = getattr(content, field)
        for language in ("zh", "en"):
            text = both.of(language)
            label = say(f"macro.field.{field}.{language}", locale)
            if not text.strip():
                raise Unprocessable("macro_empty", details={"field": f"{field}.{language}"}, field=label)
            if len(text) > longest:
                raise Unprocessable("macro_too_long", field=label, length=len(text), limit=longest)
    for language in ("zh", "en"):
        _check_variables(content.text.of(language))
    zh, en = set(variables(content.text.zh)), set(variables(content.text.en))
    if zh != en:
        raise Unprocessable("macro_variables_differ", names=_braced(sorted(zh ^ en)))
    if (zh & OF_THE_PROMISE) and content.promise_minutes is None:
        raise Unprocessable("macro_time_without_promise", names=_braced(sorted(zh & OF_THE_PROMISE)))


def _check_variables(text: str) -> None:
    unknown = [name for name in variables(text) if name not in (*FILLED, *BLANKS)]
    if unknown:
        names, allowed = _braced(unknown), _braced([*FILLED, *BLANKS])
        details = {"unknown": unknown, "allowed": [*FILLED, *BLANKS]}
        raise Unprocessable("macro_unknown_variable", details=details, names=names, allowed=allowed)
    if set("{}") & set(_BRACED.sub("", text)):
        raise Unprocessable("macro_stray_brace")


def _braced(names: list[str]) -> str:
    return " ".join(f"{{{name}}}" for name in names)

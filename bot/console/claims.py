"""A claim is a record: free text that says police informed, driver stopped, refund made or a time promised goes out only if
the timeline holds that act (data/safety/claims.yml)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.listeners.sentinel import normalise
from bot.console import named_times
from bot.console.clauses import Excuses, compiled, said
from bot.console.named_times import Window
from bot.console.service import PROMISE
from bot.incidents import store as case_store
from bot.incidents.clocks import PROMISED
from bot.incidents.timeline import holds_act
from bot.kit.data import read_yaml
from bot.kit.due import Due
from bot.kit.now import now
from bot.settings import settings

TIME_PROMISED = "time_promised"
# Between the promise that an agent sets and the moment its words go out.
_SLACK = timedelta(minutes=1)
_WORD = re.compile(r"<([^<>\s?]+)>")


class Rule(BaseModel):
    """Patterns with the examples that prove them: RE2 on normalised text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: list[str] = Field(min_length=1)
    match: list[str] = Field(min_length=1)
    no_match: list[str] = Field(min_length=1)

    def found(self, text: str) -> str | None:
        """The words that match, None when none do. text: as written."""
        plain = normalise(text)
        for pattern in self.patterns:
            hit = compiled(pattern).search(plain)
            if hit:
                return str(hit.group(0))
        return None

    def faults(self, name: str) -> list[str]:
        """Which of its own examples it gets wrong, in sentences."""
        missed = [f"{name} does not find {text!r}" for text in self.match if self.found(text) is None]
        wrongly = [f"{name} finds {text!r}" for text in self.no_match if self.found(text) is not None]
        return missed + wrongly


class Claim(Rule):
    """acts: the timeline acts, one of which must be there, service: the emergency service that its call went to; todo: what the
    agent is to do first; unless: what excuses words that it overlaps; even_if: a condition excuses nothing."""

    name: str
    acts: list[str]
    service: str | None = None
    todo: dict[str, str]
    unless: list[str] = Field(default_factory=list)
    even_if: bool = False
    excuses: Excuses = Field(default_factory=Excuses)

    def found(self, text: str) -> str | None:
        """The words that claim it, None when none do. text: as written."""
        return next((words for words, _ in self.said(text)), None)

    def said(self, text: str) -> list[tuple[str, str]]:
        """Each claim in `text`: (the words, the clause they stand in)."""
        return said(text, self.patterns, self.unless, self.excuses, even_if=self.even_if)


class Claims(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    claims: list[Claim]


def load(path: Path) -> Claims:
    """The claims of a file, their phrasings in the folder of the same name beside it. Raises pydantic.ValidationError, KeyError
    for a word that is not there, and re2.error."""
    written = read_yaml(path)
    words, excuses = dict(written["words"]), {name: written[name] for name in Excuses.model_fields}
    return Claims(claims=[_claim(one, words, excuses, path.with_suffix("")) for one in written["claims"]])


def _claim(one: dict[str, Any], words: dict[str, str], excuses: dict[str, list[str]], folder: Path) -> Claim:
    phrasings = read_yaml(folder / f"{one['name']}.yml")
    examples = {
        kind: [text for texts in phrasings[kind].values() for text in texts] for kind in ("match", "no_match")
    }
    spelled = {
        kind: [_spelled(pattern, words) for pattern in one.get(kind, [])] for kind in ("patterns", "unless")
    }
    claim = Claim.model_validate({**one, **spelled, **examples, "excuses": excuses})
    for pattern in (*claim.patterns, *claim.unless):
        compiled(pattern)
    return claim


def _spelled(pattern: str, words: dict[str, str]) -> str:
    return _WORD.sub(lambda word: _spelled(words[word[1]], words), pattern)


@lru_cache(maxsize=1)
def rules() -> Claims:
    """The rules in force, read once."""
    return load(settings().data / "safety" / "claims.yml")


async def unrecorded(
    session: AsyncSession, conversation_id: str, text: str, *, promise_at: datetime | None = None
) -> list[tuple[Claim, str]]:
    """What `text` claims that no record holds, with the words that do.

    promise_at: the time that is set with this very reply. A named time needs a timer that falls due no later than it.
    """
    claims = [(claim, words) for claim in rules().claims if (words := claim.said(text))]
    if not claims:
        return []
    cases = await case_store.of_conversation(session, conversation_id)
    case_ids = [case.id for case in cases]
    missing = []
    for claim, words in claims:
        if claim.name == TIME_PROMISED:
            zone = next((zone for case in cases if (zone := (case.trip or {}).get("timezone"))), None)
            named = named_times.earliest([clause for _, clause in words], now(), zone)
            held = await _timer_runs(session, conversation_id, case_ids, named, promise_at)
        else:
            held = await holds_act(
                session,
                set(claim.acts),
                case_ids=case_ids,
                conversation_id=conversation_id,
                service=claim.service,
            )
        if not held:
            missing.append((claim, words[0][0]))
    return missing


async def _timer_runs(
    session: AsyncSession,
    conversation_id: str,
    case_ids: list[str],
    named: Window | None,
    promise_at: datetime | None,
) -> bool:
    """Whether a timer keeps the time named to this reporter: the one set with these words, or one that runs, an agent's promise
    or the look that an S2 was promised. A timer that ends before `named` begins is another promise's."""
    at = now()
    first, last = (named.first, named.last + _SLACK) if named else (at, datetime.max.replace(tzinfo=UTC))
    if promise_at is not None and promise_at <= last:
        return True
    about = or_(
        and_(Due.kind == PROMISE, Due.subject == conversation_id),
        and_(Due.kind == PROMISED, Due.subject.in_(case_ids)),
    )
    query = select(Due.due).where(about, Due.done.is_(False), Due.due > at)
    return any(first <= due <= last for due in (await session.execute(query)).scalars())

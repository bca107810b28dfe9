"""A claim is a record: free text that says police informed, driver stopped, refund made or a time promised goes out only if
the timeline holds that act (data/safety/claims.yml)."""

from __future__ import annotations

from functools import lru_cache

import re2
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.listeners.sentinel import normalise
from bot.console.service import PROMISE
from bot.incidents import store as case_store
from bot.incidents.clocks import PROMISED
from bot.incidents.timeline import holds_act
from bot.kit.data import read_yaml
from bot.kit.due import Due
from bot.settings import settings

TIME_PROMISED = "time_promised"


class Rule(BaseModel):
    """Patterns with the examples that prove them: RE2 on normalised text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: list[str] = Field(min_length=1)
    match: list[str] = Field(min_length=1)
    no_match: list[str] = Field(min_length=1)

    def found(self, plain: str) -> str | None:
        """The words that match, None when none do."""
        for pattern in self.patterns:
            hit = _compiled(pattern).search(plain)
            if hit:
                return str(hit.group(0))
        return None

    def faults(self, name: str) -> list[str]:
        """Which of its own examples it gets wrong, in sentences."""
        missed = [
            f"{name} does not find {text!r}" for text in self.match if self.found(normalise(text)) is None
        ]
        wrongly = [
            f"{name} finds {text!r}" for text in self.no_match if self.found(normalise(text)) is not None
        ]
        return missed + wrongly


class Claim(Rule):
    """acts: the timeline acts, one of which must be there; todo: what the agent is to do first."""

    name: str
    acts: list[str]
    todo: dict[str, str]


class Claims(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    claims: list[Claim]


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re2.Pattern:
    return re2.compile(pattern)


@lru_cache(maxsize=1)
def rules() -> Claims:
    """The rules in force, read once."""
    return Claims.model_validate(read_yaml(settings().data / "safety" / "claims.yml"))


async def unrecorded(
    session: AsyncSession, conversation_id: str, text: str, *, promised: bool
) -> list[tuple[Claim, str]]:
    """What `text` claims that no record holds, with the words that do.

    promised: a time is set with this very reply, so a named time has its timer. A promise whose time has come covers no
    further one: a named time needs a timer that runs.
    """
    plain = normalise(text)
    claims = [(claim, said) for claim in rules().claims if (said := claim.found(plain)) is not None]
    if not claims:
        return []
    case_ids = [case.id for case in await case_store.of_conversation(session, conversation_id)]
    missing = []
    for claim, said in claims:
        if claim.name == TIME_PROMISED:
            held = promised or await _timer_runs(session, conversation_id, case_ids)
        else:
            held = await holds_act(
                session, set(claim.acts), case_ids=case_ids, conversation_id=conversation_id
            )
        if not held:
            missing.append((claim, said))
    return missing


async def _timer_runs(session: AsyncSession, conversation_id: str, case_ids: list[str]) -> bool:
    """Whether a time named to this reporter is still ahead: an agent's promise, or the look that an S2 was promised."""
    about = or_(
        and_(Due.kind == PROMISE, Due.subject == conversation_id),
        and_(Due.kind == PROMISED, Due.subject.in_(case_ids)),
    )
    query = select(Due.id).where(about, Due.done.is_(False)).limit(1)
    return (await session.execute(query)).first() is not None

"""A case as the reporter of a conversation sees it: whoever is known by nothing but their words sees nothing that others have
reported, and nothing that the platform knows (docs/decisions/0020)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.incidents import grading
from bot.incidents.models import Case, CaseConversation
from bot.incidents.splitting import reports_of
from bot.incidents.telling import hides_case
from bot.policy import Grade, is_safety, policy, worse


@dataclass(frozen=True)
class SeenCase:
    """What may be shown of a case. hidden: the rest of it may not."""

    reference: str
    kind: str
    grade: Grade
    state: str
    accepted_by: str | None
    opened_at: datetime
    hidden: bool = False


async def as_seen(session: AsyncSession, conversation: Conversation, case: Case) -> SeenCase:
    """The case as this reporter sees it; hidden, it is what a report of the same words that nobody has taken would be."""
    if not hides_case(conversation, case):
        return as_it_is(case)
    own = await session.get(CaseConversation, (case.id, conversation.id))
    kind, grade = await _by_own_words(session, conversation, case)
    # Received and passed on, as a report that nobody has taken: people are called for it as for one.
    state = "paged" if case.state in ("accepted", "acting") else case.state
    opened_at = own.at if own is not None else case.opened_at
    return SeenCase(case.reference, kind, grade, state, None, opened_at, hidden=True)


def as_it_is(case: Case) -> SeenCase:
    """The whole of it, as people at the desk see it."""
    grade = cast(Grade, case.grade)
    return SeenCase(case.reference, case.kind, grade, case.state, case.accepted_name, case.opened_at)


async def _by_own_words(session: AsyncSession, conversation: Conversation, case: Case) -> tuple[str, Grade]:
    """Kind and grade that the reports of this conversation alone give, never graver than the case. Where others have made an
    S0/S1 of a milder report its reporter was given the words and the numbers of one, and sees an S1."""
    real = cast(Grade, case.grade)
    made = await reports_of(session, case, conversation, joined=True)
    if not made:
        return case.kind, real
    kind, base = made[0].intent, made[0].grade
    for one in made[1:]:
        base = worse(base, one.grade)
        if policy().grade_of(one.intent) < policy().grade_of(kind):
            kind = one.intent
    present = {name for one in made for name in one.modifiers}
    if any(one.counted for one in made[1:]):
        present.add("repeat")
    grade = grading.in_context(base, present)[0]
    if is_safety(real) and not is_safety(grade):
        return kind, "S1"
    # Software never lowers: what is milder than the words was lowered by a person.
    return kind, max(grade, real)

"""Where a conversation stands while nobody holds it: with the team of its grade, or with the team that somebody handed it to.

Support tiers are offered what waits with them. A team with a pager (safety, supervisor, liaison) is never offered anything: it
is paged for what was handed to it, and paged again until somebody takes it (docs/decisions/0015).
"""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.incidents import store as case_store
from bot.incidents.keeping import on_graded, team_of
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.due import Firing, cancel, handles, schedule
from bot.kit.locale import say
from bot.kit.now import now
from bot.paging import service as paging
from bot.policy import Grade, is_safety, policy, worse

TEAM = "handoff.team"


def _subject(conversation: Conversation) -> str:
    return f"team:{conversation.id}"


async def _waits_for(session: AsyncSession, conversation: Conversation) -> str | None:
    """The team that must be paged for it: one with a pager, unless the clocks of an open case page that team already."""
    team = conversation.team
    if conversation.holder != "queue" or team is None or team in policy().routing.tiers:
        return None
    cases = await case_store.open_of_conversation(session, conversation.id)
    return None if any(case.team == team and case.grade != "S3" for case in cases) else team


async def owe_team(uow: UnitOfWork, conversation: Conversation) -> None:
    """It has come to stand with a team: if that one has a pager it is paged now; what was owed to another team before ends."""
    if await _waits_for(uow.session, conversation) is None:
        await left_team(uow, conversation)
        return
    await schedule(uow, TEAM, conversation.id, now(), payload={"team": conversation.team})


async def left_team(uow: UnitOfWork, conversation: Conversation) -> None:
    """Somebody has taken it, or it waits elsewhere: nobody is paged for the team any more."""
    await cancel(uow, conversation.id, TEAM)
    await paging.stop(uow, _subject(conversation))


@handles(TEAM)
async def on_team_owed(uow: UnitOfWork, firing: Firing) -> None:
    """It waits for the team that it was handed to: page, from the second time on the supervisor too, and again."""
    conversation = await conversations.lock(uow, firing.subject)
    team = str(firing.payload["team"])
    if await _waits_for(uow.session, conversation) != team:
        await paging.stop(uow, _subject(conversation))
        return
    least: Grade = "S1" if team == "safety" else "S2"
    await record(
        uow,
        "team_paged",
        who="software:handoff",
        conversation_id=conversation.id,
        team=team,
        step=firing.step,
    )
    await paging.page(
        uow, subject=_subject(conversation), reference=conversation.id[-6:].upper(), team=team,
        grade=worse(cast(Grade, conversation.grade or "S3"), least), step=firing.step,
        headline={locale: say("handover.waits", locale) for locale in ("zh", "en")}, widen=firing.step > 0,
        everyone=False,
    )  # fmt: skip
    await paging.announce(uow, subject=_subject(conversation), team=team, conversation_id=conversation.id)
    again = now() + timedelta(seconds=policy().routing.team_again_s)
    await schedule(uow, TEAM, conversation.id, again, step=firing.step + 1, payload=firing.payload)


@on_graded
async def back_to_its_team(uow: UnitOfWork, conversation: Conversation, before: str | None) -> None:
    """An S0/S1 that a person has lowered or ended waits with the safety team no longer: nobody there would be called for it,
    and nobody else offered it."""
    was_grave, is_grave = is_safety(cast(Grade, before)), is_safety(cast(Grade, conversation.grade))
    if conversation.team == "safety" and was_grave and not is_grave:
        conversation.team = team_of(conversation.grade)

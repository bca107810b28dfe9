"""Handing a conversation on, to a tier or team or to one person, with a warm note: the receiver reads it above everything until
they answer, the reporter is told in one true sentence, and nobody loses the place that their waiting has earned."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.errors import Unprocessable
from bot.handoff import seats
from bot.handoff import service as handoff
from bot.handoff.models import Handover
from bot.handoff.waiting import waiting_since
from bot.identity.schemas import Member
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import now
from bot.policy import is_safety, policy

# Whom an S0 or S1 may be handed to: never away from those who are there for it.
_FOR_SAFETY = ("safety", "supervisor", "liaison")


def _needed(note: str) -> str:
    if not note.strip():
        raise Unprocessable("reason_needed")
    return note.strip()


async def to_team(uow: UnitOfWork, conversation: Conversation, by: Member, team: str, note: str) -> None:
    """Put it in the queue of a team or tier. A person who holds it lets go; the clocks go on.

    Raises Unprocessable `reason_needed`, or `team_not_safety` for an S0/S1 and a team that is not there for it.
    """
    if is_safety(conversation.grade) and team not in _FOR_SAFETY:  # type: ignore[arg-type]
        raise Unprocessable("team_not_safety")
    note = _needed(note)
    since = await waiting_since(uow, conversation)
    if conversation.holder == "person":
        await handoff.release(uow, conversation, because="handed_on")
        conversation.holder_since = since
        conversation.team = team
    elif conversation.holder == "queue":
        # A new version of the holder: what was offered to one person before is not any more.
        conversations.give_to(uow, conversation, "queue", team=team)
        conversation.holder_since = since
    else:
        conversations.give_to(uow, conversation, "queue", team=team)
    await _handed(uow, conversation, by, note, team=team)
    await record(
        uow, "handed_over", who=by.who, conversation_id=conversation.id, name=by.name, team=team, reason=note
    )
    await _tell_team(uow, conversation, team)
    text = say(
        "handover.to_team", conversation.locale, team=say(f"handover.team.{team}", conversation.locale)
    )
    await conversations.append(uow, conversation, author="system", text=text, kind="status")


async def _tell_team(uow: UnitOfWork, conversation: Conversation, team: str) -> None:
    """A tier has no pager: those of it who are at their pages are told. S0/S1 are paged by their own clocks."""
    tiers = policy().routing.tiers
    if team not in tiers:
        return
    people = [
        one.member.id
        for one in await seats.places(uow.session)
        if one.there and one.taking and tiers.index(one.tier) >= tiers.index(team)
    ]
    uow.emit("notice", staff_ids=people, conversation_id=conversation.id, team=team)


async def to_person(uow: UnitOfWork, conversation: Conversation, by: Member, to: Member, note: str) -> None:
    """Give a routine conversation or an S2 to one colleague at once; if they say nothing in time it is back in the queue, in
    its old place. Raises Unprocessable `reason_needed`, or `handover_in_house` for an S2 and somebody outsourced, and what
    `handoff.accept` does."""
    if conversation.grade == "S2" and not to.in_house:
        raise Unprocessable("handover_in_house", name=to.name)
    await _to(uow, conversation, by, to, note, act="handed_to_person")
    if conversation.holder == "person":
        since = await waiting_since(uow, conversation)
        await handoff.release(uow, conversation, because="handed_on")
        conversation.holder_since = since
    await handoff.accept(uow, conversation, to, handed=True)
    text = say("handover.to_person", conversation.locale, name=to.name)
    await conversations.append(uow, conversation, author="system", text=text, kind="status")


async def offered(uow: UnitOfWork, conversation: Conversation, by: Member, to: Member, note: str) -> None:
    """An S0/S1 is only offered to a colleague; the note waits for whoever accepts it. Raises as the others do."""
    await _to(uow, conversation, by, to, note, act="offered_to_person")


async def _to(
    uow: UnitOfWork, conversation: Conversation, by: Member, to: Member, note: str, *, act: str
) -> None:
    note = _needed(note)
    await _handed(uow, conversation, by, note, to=to)
    await record(uow, act, who=by.who, conversation_id=conversation.id, name=by.name, to=to.name, reason=note)


async def _handed(
    uow: UnitOfWork,
    conversation: Conversation,
    by: Member,
    note: str,
    *,
    team: str | None = None,
    to: Member | None = None,
) -> None:
    uow.session.add(
        Handover(
            id=new_id(), conversation_id=conversation.id, by=by.id, by_name=by.name, team=team, to=to.id if to else None,
            to_name=to.name if to else None, note=note, at=now(),
        )
    )  # fmt: skip
    # It stays among the notes once it has been answered.
    name = to.name if to else say(f"handover.team.{team}", by.locale)
    await handoff.note(uow, conversation, by, f"→ {name}: {note}")


async def open_note(session: AsyncSession, conversation: Conversation) -> Handover | None:
    """The note that the receiver reads first: the newest, until somebody else than its writer has answered the reporter."""
    query = (
        select(Handover)
        .where(Handover.conversation_id == conversation.id)
        .order_by(Handover.at.desc(), Handover.id.desc())
    )
    latest = (await session.execute(query.limit(1))).scalar_one_or_none()
    if latest is None or conversation.holder == "assistant":
        return None
    answered = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.author == "staff", Message.at >= latest.at,
        Message.staff_id != latest.by,
    )  # fmt: skip
    return None if (await session.execute(answered.limit(1))).first() else latest


@conversations.on_erasing
async def erase_handovers(uow: UnitOfWork, conversation: Conversation) -> None:
    """What was written about a person who is erased goes with them."""
    blank = update(Handover).where(Handover.conversation_id == conversation.id).values(note="")
    await uow.session.execute(blank, execution_options={"synchronize_session": "fetch"})

"""Handing a conversation on, to a tier or team or to one person, with a warm note: the receiver reads it above everything until
they answer, the reporter is told in one true sentence, and nobody loses the place that their waiting has earned."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.errors import Unprocessable
from bot.handoff import seats, standing, untaken
from bot.handoff import service as handoff
from bot.handoff.choosing import can, in_house_only, need_of
from bot.handoff.models import Handover
from bot.handoff.waiting import waiting_since
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.keeping import for_the_liaison, is_grave
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import now
from bot.policy import policy

# Whom what is grave may be handed to: never away from those who may take it.
_FOR_SAFETY = ("safety", "supervisor")


def _needed(note: str) -> str:
    if not note.strip():
        raise Unprocessable("reason_needed")
    return note.strip()


async def to_team(uow: UnitOfWork, conversation: Conversation, by: Member, team: str, note: str) -> None:
    """Put it in the queue of a team or tier. A person who holds it lets go; the clocks go on, and a team with a pager is paged
    until somebody takes it.

    Raises Unprocessable `reason_needed`, or `team_not_safety` for an S0/S1 or a watched conversation and a team that may not
    take it; the liaison takes what only the police ask.
    """
    if is_grave(conversation) and team not in _FOR_SAFETY:
        cases = await case_store.open_of_conversation(uow.session, conversation.id)
        if team != "liaison" or not for_the_liaison(cases):
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
    await standing.owe_team(uow, conversation)
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
    """A tier has no pager: those of it who are at their pages are told, and the supervisors where no seat of it has room."""
    tiers = policy().routing.tiers
    if team not in tiers:
        return
    places = await seats.places(uow.session)
    people = [
        one.member.id
        for one in places
        if one.there and one.taking and tiers.index(one.tier) >= tiers.index(team)
    ]
    uow.emit("notice", staff_ids=people, conversation_id=conversation.id, team=team)
    cases = await case_store.open_of_conversation(uow.session, conversation.id)
    need = need_of(conversation.locale, team, conversation.grade, [case.kind for case in cases])
    if not any(one.capacity > 0 and can(one, need) for one in places):
        await untaken.nobody_fits(uow, conversation)


async def to_person(uow: UnitOfWork, conversation: Conversation, by: Member, to: Member, note: str) -> None:
    """Give a routine conversation or an S2 to one colleague at once; if they say nothing in time it is back in the queue, in
    its old place. Raises Unprocessable `reason_needed`, or `handover_in_house` for an S2 and somebody outsourced, and what
    `handoff.accept` does."""
    if not to.in_house and in_house_only(conversation.grade) and not is_grave(conversation):
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

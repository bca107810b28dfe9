"""Working with colleagues on a conversation: notes that mention them, and giving it to one of them by name."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.detail import conversation_for
from bot.conversations.models import Conversation
from bot.errors import Missing, NotAllowed, Unprocessable
from bot.handoff import passing
from bot.handoff import service as handoff
from bot.identity import store as accounts
from bot.identity.models import StaffAccount
from bot.identity.personal import text_for
from bot.identity.schemas import Member
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.now import iso
from bot.macros import service as macros
from bot.macros import store as macro_store
from bot.macros.models import Mention
from bot.policy import is_safety, policy


async def note(uow: UnitOfWork, conversation: Conversation, staff: Member, text: str) -> None:
    """Leave a word for colleagues; whoever is named with @ is told at once and finds it on their list until they look.

    Raises Unprocessable for a note over the limit, an unknown name, and a colleague who may not see this conversation.
    """
    limit = policy().limits.message_characters
    if len(text) > limit:
        raise Unprocessable("note_too_long", length=len(text), limit=limit)
    everybody = await accounts.enabled(uow.session) if "@" in text or "＠" in text else []
    named = [one for one in macros.named_in(text, everybody) if one.id != staff.id] if everybody else []
    for one in named:
        await _must_see(uow.session, conversation, one)
    await handoff.note(uow, conversation, staff, text)
    for one in named:
        await macros.mention(uow, conversation, staff, one.id, text)
    if named:
        names = [one.name for one in named]
        await record(
            uow, "mentioned", who=staff.who, conversation_id=conversation.id, name=staff.name, people=names
        )


async def _must_see(session: AsyncSession, conversation: Conversation, account: StaffAccount) -> None:
    try:
        await conversation_for(session, accounts.member_of(account), conversation.id)
    except NotAllowed:
        raise Unprocessable("mention_cannot_see", name=account.name) from None


async def hand_to(
    uow: UnitOfWork, conversation: Conversation, staff: Member, staff_id: str, reason: str
) -> None:
    """Give the conversation to one colleague who is online. Routine and S2 change hands at once; an S0/S1 is offered, and
    stays with its holder until the colleague has accepted: nobody is dropped, and acceptance is a person's own act.

    Raises Conflict `not_yours`, Missing for nobody, Unprocessable without a reason or for a colleague who is away or may not
    have it.
    """
    staff.must("escalate")
    handoff.require_holder(conversation, staff)
    if not reason.strip():
        raise Unprocessable("reason_needed")
    if staff_id == staff.id:
        raise Unprocessable("colleague_is_you")
    grave = _grave(conversation)
    member = await receiver(uow.session, staff_id, grave=grave)
    if grave:
        await passing.offered(uow, conversation, staff, member, reason)
        await macros.offer(uow, conversation, staff, member.id, reason)
    else:
        await give(uow, conversation, staff, member, reason)


async def receiver(session: AsyncSession, staff_id: str, *, grave: bool) -> Member:
    """The colleague that a conversation may be handed to now. Raises Missing `no_colleague`, Unprocessable for one who may not
    have it or is away."""
    account = await session.get(StaffAccount, staff_id)
    if account is None or account.disabled_at is not None:
        raise Missing("no_colleague")
    member = accounts.member_of(account)
    if not member.may("accept_safety" if grave else "accept_routine"):
        raise Unprocessable("mention_cannot_see", name=account.name)
    if account.id not in {one.id for one in await accounts.online(session)}:
        raise Unprocessable("colleague_away", name=account.name)
    return member


async def give(uow: UnitOfWork, conversation: Conversation, staff: Member, to: Member, note: str) -> None:
    """Hand a routine conversation or an S2 to this colleague and tell their pages. Raises what `passing.to_person` does."""
    await passing.to_person(uow, conversation, staff, to, note)
    await macros.mention(uow, conversation, staff, to.id, note, kind="handed")


def _grave(conversation: Conversation) -> bool:
    return is_safety(conversation.grade) or conversation.watched_since is not None  # type: ignore[arg-type]


async def colleagues(
    session: AsyncSession, staff: Member, conversation: Conversation | None
) -> list[dict[str, Any]]:
    """Everybody else on the staff: `{id, name, roles, online, may_see, may_hold}` for this conversation."""
    online = {one.id for one in await accounts.online(session)}
    grave = conversation is not None and _grave(conversation)
    found = []
    for account in await accounts.enabled(session):
        if account.id == staff.id:
            continue
        member = accounts.member_of(account)
        may_hold = member.may("accept_safety" if grave else "accept_routine")
        sees = await _sees(session, member, conversation) if conversation is not None else True
        found.append(
            {"id": account.id, "name": account.name, "roles": account.roles, "online": account.id in online,
             "may_see": sees, "may_hold": may_hold}
        )  # fmt: skip
    return sorted(found, key=lambda one: (not one["online"], str(one["name"])))


async def _sees(session: AsyncSession, member: Member, conversation: Conversation) -> bool:
    try:
        await conversation_for(session, member, conversation.id)
    except NotAllowed:
        return False
    return True


async def mentions(session: AsyncSession, staff: Member) -> list[dict[str, Any]]:
    """Where this person is wanted. The words of a conversation that has since become one they may not see are left out."""
    shown = []
    for one in await macro_store.unseen_mentions(session, staff.id):
        conversation = await session.get(Conversation, one.conversation_id)
        if conversation is not None:
            shown.append(_wire(one, staff, sees=await _sees(session, staff, conversation)))
    return shown


def _wire(one: Mention, staff: Member, *, sees: bool) -> dict[str, Any]:
    text = text_for(staff.may("see_unmasked_phone"), one.text)
    return {
        "id": one.id, "conversation_id": one.conversation_id if sees else None, "kind": one.kind, "by": one.by_name,
        "text": text if sees else "", "at": iso(one.at),
    }  # fmt: skip

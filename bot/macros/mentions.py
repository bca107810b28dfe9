"""Colleagues who are wanted in a conversation: named with @ in a note, or offered an S0/S1 by whoever holds it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import select

from bot.conversations.models import Conversation
from bot.errors import Unprocessable
from bot.identity.models import StaffAccount
from bot.identity.schemas import Member
from bot.kit.database import UnitOfWork
from bot.kit.ids import new_id
from bot.kit.now import now
from bot.macros.models import Mention

_SHOWN = 200
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# An @ in the middle of a Latin word is an address. Chinese writes no space before one.
_AT = re.compile(r"(?<![A-Za-z0-9_.+-])[@＠]")
_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def _names(account: StaffAccount) -> set[str]:
    """How a colleague may be called: the whole name, its Chinese part, its Latin part, the part of the e-mail before @."""
    parts = account.name.split()
    han = "".join(part for part in parts if _HAN.search(part))
    latin = " ".join(part for part in parts if not _HAN.search(part))
    given = {account.name, han, latin, account.email.partition("@")[0]}
    return {name.casefold() for name in given if name}


def named_in(text: str, accounts: Sequence[StaffAccount]) -> list[StaffAccount]:
    """The colleagues that a note names with @, the longest name that fits each.

    Raises Unprocessable `mention_unknown` for a name that nobody bears, `mention_of_two` for one that several do.
    """
    found: dict[str, StaffAccount] = {}
    for at in _AT.finditer(text):
        rest = text[at.end() :].casefold()
        fitting = [
            (len(name), account)
            for account in accounts
            for name in _names(account)
            if _begins_with(rest, name)
        ]
        if not fitting:
            if _in_address(text, at):
                continue
            word = re.match(r"[^\s,，。.!！?？:：;；]*", text[at.end() :])
            raise Unprocessable("mention_unknown", name=word.group(0) if word else "")
        longest = max(length for length, _ in fitting)
        called = {account.id: account for length, account in fitting if length == longest}
        if len(called) > 1:
            raise Unprocessable(
                "mention_of_two", names=" / ".join(sorted(one.email for one in called.values()))
            )
        found.update(called)
    return list(found.values())


def _in_address(text: str, at: re.Match[str]) -> bool:
    """Whether the @ stands between a word and the name of a host, as in 王强@example.com."""
    return text[: at.start()][-1:].isalnum() and _HOST.match(text, at.end()) is not None


def _begins_with(rest: str, name: str) -> bool:
    """A Latin name must end where the word does: @Li is not @Linda."""
    if not rest.startswith(name):
        return False
    after = rest[len(name) : len(name) + 1]
    return bool(_HAN.search(name[-1])) or not (after.isascii() and after.isalnum())


async def mention(
    uow: UnitOfWork,
    conversation: Conversation,
    staff: Member,
    staff_id: str,
    text: str,
    *,
    kind: str = "note",
) -> None:
    """Want somebody here: their pages are told at once, and it stays on their list until they have looked."""
    uow.session.add(
        Mention(
            id=new_id(), staff_id=staff_id, conversation_id=conversation.id, kind=kind, by=staff.id, by_name=staff.name,
            text=text[:_SHOWN], at=now(), seen_at=None,
        )
    )  # fmt: skip
    await uow.session.flush()
    uow.emit("mention", conversation_id=conversation.id, staff_ids=[staff_id], name=staff.name, kind=kind)


async def offer(uow: UnitOfWork, conversation: Conversation, staff: Member, staff_id: str, text: str) -> None:
    """The holder offers the conversation to one colleague, and keeps it until that colleague accepts."""
    await _close(uow, conversation.id, None, kinds=("offer",))
    await mention(uow, conversation, staff, staff_id, text, kind="offer")


async def accepts_offer(uow: UnitOfWork, conversation: Conversation, staff: Member) -> bool:
    """Whether whoever holds the conversation now has offered it to this person; the offer is used up."""
    query = select(Mention).where(
        Mention.conversation_id == conversation.id, Mention.staff_id == staff.id, Mention.kind == "offer",
        Mention.seen_at.is_(None), Mention.by == conversation.holder_staff_id,
    )  # fmt: skip
    row = (await uow.session.execute(query)).scalars().first()
    if row is None:
        return False
    row.seen_at = now()
    return True


async def seen(
    uow: UnitOfWork, staff: Member, *, conversation_id: str | None = None, mention_id: str | None = None
) -> None:
    """They have opened the conversation, or put the mention aside. An offer stays until it is accepted or put aside."""
    if mention_id is not None:
        row = await uow.session.get(Mention, mention_id)
        if row is not None and row.staff_id == staff.id and row.seen_at is None:
            row.seen_at = now()
    if conversation_id is not None:
        await _close(uow, conversation_id, staff.id, kinds=("note", "refund"))


async def _close(
    uow: UnitOfWork, conversation_id: str, staff_id: str | None, *, kinds: tuple[str, ...]
) -> None:
    query = select(Mention).where(
        Mention.conversation_id == conversation_id, Mention.kind.in_(kinds), Mention.seen_at.is_(None)
    )
    if staff_id is not None:
        query = query.where(Mention.staff_id == staff_id)
    for row in (await uow.session.execute(query)).scalars():
        row.seen_at = now()

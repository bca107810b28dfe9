"""The one way to change a macro, to note its use and to want a colleague in a conversation."""

from __future__ import annotations

from sqlalchemy import update

from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.errors import Conflict, Missing, Unprocessable
from bot.identity.schemas import Member
from bot.kit.database import UnitOfWork, exclusively
from bot.kit.ids import new_id
from bot.kit.now import now
from bot.macros import store
from bot.macros.mentions import accepts_offer, mention, named_in, offer, seen
from bot.macros.models import MacroRow, MacroUse, MacroVersion, Mention
from bot.macros.rendering import Facts, Rendered, fill, minutes_in_words, own_trip, render
from bot.macros.schemas import BLANKS, FILLED, Both, Macro, MacroContent, State, check, variables

__all__ = [
    "BLANKS", "FILLED", "Both", "Facts", "Macro", "MacroContent", "Rendered", "accepts_offer", "check", "fill", "mention",
    "minutes_in_words", "named_in", "offer", "own_trip", "render", "save", "seen", "used", "variables",
]  # fmt: skip


async def save(
    uow: UnitOfWork,
    staff: Member,
    content: MacroContent,
    *,
    macro_id: str | None = None,
    version: int = 0,
    state: State = "active",
    why: str = "",
) -> Macro:
    """Make a macro (no id), or change one: its history keeps who, when and why. version: the one that the page showed.

    Raises NotAllowed for other roles, Unprocessable when the text does not check, Missing, and Conflict `macro_changed` when
    a colleague has changed it since.
    """
    staff.must("edit_macros")
    check(content, staff.locale)
    made = macro_id is None
    macro_id = macro_id or new_id()
    await exclusively(uow, f"macro:{macro_id}")
    before = None if made else await store.macro(uow.session, macro_id)
    if before is None and not made:
        raise Missing("no_macro")
    if before is not None and before.version != version:
        who = before.changed_name or "-"
        raise Conflict("macro_changed", details={"version": before.version}, name=who)
    if before is not None and (before.content, before.state) == (content, state):
        raise Unprocessable("macro_unchanged")
    row = await uow.session.get(MacroRow, macro_id)
    if row is None:
        row = MacroRow(id=macro_id)
        uow.session.add(row)
    row.version, row.state, row.content = (
        (before.version if before else 0) + 1,
        state,
        content.model_dump(mode="json"),
    )
    row.changed_by, row.changed_name, row.changed_at = staff.id, staff.name, now()
    uow.session.add(
        MacroVersion(
            id=new_id(), macro_id=macro_id, version=row.version, state=state, content=row.content, by=staff.who,
            name=staff.name, at=now(), why=why,
        )
    )  # fmt: skip
    await uow.session.flush()
    return Macro(macro_id, row.version, state, content, staff.name, row.changed_at)


async def used(
    uow: UnitOfWork, conversation: Conversation, staff: Member, macros: list[Macro], message: Message
) -> None:
    """These macros went out in this message."""
    for one in macros:
        uow.session.add(
            MacroUse(
                message_id=message.id, macro_id=one.id, version=one.version, conversation_id=conversation.id,
                staff_id=staff.id, at=now(),
            )
        )  # fmt: skip
    await uow.session.flush()


@conversations.on_erasing
async def erase_mentions(uow: UnitOfWork, conversation: Conversation) -> None:
    """What was written about a person who is erased goes with them."""
    blank = update(Mention).where(Mention.conversation_id == conversation.id).values(text="")
    await uow.session.execute(blank, execution_options={"synchronize_session": "fetch"})

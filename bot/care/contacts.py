"""Contact after a case: offered in the victim's chat by a named person when it is safe to, declined with one tap or word."""

from __future__ import annotations

import unicodedata

from bot.care import store
from bot.care.life import CONTACT, finish
from bot.care.models import CareCase, CareTask
from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation
from bot.conversations.schemas import Button
from bot.errors import Conflict
from bot.handoff import service as handoff
from bot.handoff import standing
from bot.identity.schemas import Member
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.locale import say
from bot.kit.now import now
from bot.paging import service as paging

CONTACT_ME, NO_CONTACT = "/vigil_care_contact", "/vigil_care_decline"
# Whole messages that decline when contact was just offered; anything longer is read by people, not guessed at.
_NO = frozenset({
    "不用", "不用了", "不必", "不必了", "不需要", "不需要了", "不要联系我", "不要再联系我", "别联系我", "别再联系我",
    "不用联系", "不用联系我",
    "不用再联系我", "拒绝", "no", "nope", "stop", "no thanks", "no thank you", "not needed", "don't contact me",
    "dont contact me", "do not contact me", "don't contact me again", "do not contact me again", "leave me alone",
    "no need", "please don't",
})  # fmt: skip


async def offer(uow: UnitOfWork, care: CareCase, task: CareTask, staff: Member) -> None:
    """The owner offers the contact in the victim's chat, with one tap to decline: never a rating, never a coupon.

    Raises Conflict `chat_not_safe` while words about the case may not appear on that device.
    """
    staff.must("care")
    chat = await victims_chat(uow, care)
    if task.kind != "contact" or chat is None or not await store.chat_is_safe(uow.session, chat):
        raise Conflict("chat_not_safe")
    task.offered_at = now()
    await record(uow, "care_offered", who=staff.who, case_id=care.case_id, name=staff.name, day=task.day)
    text = say("care.offer", chat.locale, name=staff.name)
    await conversations.append(
        uow, chat, author="system", text=text, kind="status", buttons=contact_buttons(chat.locale)
    )


async def victims_chat(uow: UnitOfWork, care: CareCase) -> Conversation | None:
    """The victim's conversation, locked."""
    if care.victim_conversation_id is None:
        return None
    return await conversations.lock(uow, care.victim_conversation_id)


def contact_buttons(locale: str) -> list[Button]:
    """The two taps beside an offer of contact."""
    return [
        {"title": say("care.contact_me", locale), "payload": CONTACT_ME},
        {"title": say("care.no_contact", locale), "payload": NO_CONTACT},
    ]


async def said_no(uow: UnitOfWork, conversation: Conversation, text: str) -> bool:
    """Whether these words decline a contact that was offered in this conversation: the whole message is a no, and the offer
    (or the outcome with its two taps) is the last thing said to them. A no to anything else, or to the person who holds the
    chat, declines nothing."""
    plain = unicodedata.normalize("NFKC", text).strip().strip("。.!！,，~ ").replace("’", "'").casefold()
    if plain not in _NO or conversation.holder == "person":
        return False
    last = await conversation_store.last_said_to(uow.session, conversation.id)
    if last is None or NO_CONTACT not in {button["payload"] for button in last.buttons or []}:
        return False
    return await store.contact_owed_to(uow.session, conversation.id, lately_offered=True) is not None


async def answered(uow: UnitOfWork, conversation: Conversation, payload: str, *, key: str) -> None:
    """The victim's tap (or its word): declining ends every contact that is owed, wanting one brings a person now: the safety
    team is paged until one of them has the chat."""
    care = await store.contact_owed_to(uow.session, conversation.id)
    wants = payload == CONTACT_ME
    if wants:
        await _wants_contact(uow, conversation, care, key)
        return
    if care is not None:
        for task in await store.owed(uow.session, care.id, "contact"):
            await finish(uow, care, task, who="reporter", name=None, note="declined", state="declined")
    text = say("care.declined", conversation.locale)
    await conversations.append(uow, conversation, author="system", text=text, kind="status")


async def _wants_contact(
    uow: UnitOfWork, conversation: Conversation, care: CareCase | None, key: str
) -> None:
    case_id = care.case_id if care is not None else None
    await record(
        uow,
        "care_wanted",
        who="reporter",
        case_id=case_id,
        conversation_id=conversation.id,
        key=f"care:{key}",
    )
    await handoff.to_people(
        uow, conversation, team="safety", reason="asked for contact after a case", who="software:care"
    )
    # No case of theirs calls anybody any more, and what stands with a team that has a pager is offered to nobody.
    await standing.owe_team(uow, conversation)
    await paging.announce(
        uow, subject=f"care:{conversation.id}", team="safety", conversation_id=conversation.id
    )
    if care is not None:
        uow.emit("reminder", case_id=care.case_id, clock=CONTACT, staff_id=care.owner_id)
    text = say("care.wanted", conversation.locale)
    await conversations.append(uow, conversation, author="system", text=text, kind="status")

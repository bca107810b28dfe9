"""The outcome, told by record: to the victim what was done, to every earlier complainant that their report has counted.
Nobody learns who else reported, nor another's words."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import store
from bot.care.contacts import contact_buttons
from bot.care.life import OUTCOME, finish
from bot.care.models import CareCase, CareTask
from bot.conversations import service as conversations
from bot.conversations import store as conversation_store
from bot.incidents import store as case_store
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.due import schedule
from bot.kit.locale import say
from bot.kit.now import now
from bot.policy import policy


async def earlier_complaints(session: AsyncSession, case: Case) -> list[Case]:
    """The complaints before this one that were linked to it: their reporters are told. A driver's own cry for help upholds no
    complaint about that driver."""
    if case.reporter_role == "driver":
        return []
    links = await case_store.links_of(session, [case.id])
    return [
        other
        for _, relation, other in links
        if relation == "earlier_complaint" and other.opened_at < case.opened_at
    ]


async def tell_victim(uow: UnitOfWork, care: CareCase, case: Case, *, key: str) -> bool:
    """Say in the victim's chat what has been done; returns whether it is said there, now or before."""
    if care.victim_conversation_id is None:
        return False
    chat = await conversations.lock(uow, care.victim_conversation_id)
    if await conversation_store.by_client_id(uow.session, chat.id, "system", key) is not None:
        return True
    if not await store.chat_is_safe(uow.session, chat):
        return False
    tasks = await store.tasks_of(uow.session, care.id)
    lines = await _done_for_victim(uow.session, care, case, tasks, chat.locale)
    owed = [task for task in tasks if task.kind == "contact" and task.state == "waiting"]
    buttons = None
    if owed:
        days = say("comma", chat.locale).join(f"{task.day:g}" for task in owed)
        lines.append(say("care.outcome.contact", chat.locale, name=care.owner_name, days=days))
        buttons = contact_buttons(chat.locale)
        owed[0].offered_at = now()
    await conversations.append(
        uow, chat, author="system", text="\n".join(lines), client_id=key, kind="status", buttons=buttons
    )
    return True


async def _done_for_victim(
    session: AsyncSession, care: CareCase, case: Case, tasks: list[CareTask], locale: str
) -> list[str]:
    """What the records hold, in sentences: nothing is claimed that is not done."""
    done = {task.kind for task in tasks if task.state == "done"}
    lines = [say("care.outcome.begin", locale, reference=case.reference, name=care.owner_name)]
    held = (await case_store.holds_of(session, [case.id])).get(case.id)
    if held is not None and held.state == "held":
        lines.append(say("care.outcome.held", locale))
    if "charges_reversed" in done:
        lines.append(say("care.outcome.charges", locale))
    if "never_matched" in done:
        lines.append(say("care.outcome.never", locale))
    return lines


async def tell_complainants(
    uow: UnitOfWork, care: CareCase, case: Case, earlier: Case, *, key: str
) -> tuple[int, int]:
    """Tell everyone who reported the earlier case and may be told now; returns how many chats were told, now or before, and
    how many must wait until it is safe there."""
    held = (await case_store.holds_of(uow.session, [case.id])).get(case.id)
    told = waiting = 0
    for conversation_id in sorted(await case_store.conversations_of(uow.session, earlier.id)):
        if conversation_id == care.victim_conversation_id:
            continue
        chat = await conversations.lock(uow, conversation_id)
        before = await conversation_store.by_client_id(uow.session, chat.id, "system", key)
        if before is None and not await store.chat_is_safe(uow.session, chat):
            waiting += 1
            continue
        told += 1
        if before is not None:
            continue
        lines = [say("care.outcome.earlier", chat.locale, reference=earlier.reference)]
        if held is not None and held.state == "held":
            lines.append(say("care.outcome.held", chat.locale))
        await conversations.append(
            uow, chat, author="system", text="\n".join(lines), client_id=key, kind="status"
        )
    if told:
        await record(
            uow,
            "outcome_told",
            who="software:care",
            case_id=earlier.id,
            key=f"{key}:{earlier.id}",
            chats=told,
        )
    return told, waiting


async def tell(uow: UnitOfWork, care: CareCase) -> None:
    """Tell all of them once. While it is not safe to say in somebody's chat it stays owed to them: it is looked at again, and
    the owner may tell the victim another way, or decide that it is not told, and say so."""
    key = f"outcome:{care.id}:{care.opened_at.isoformat()}"
    case = await uow.session.get_one(Case, care.case_id)
    chats = waiting = 0
    for earlier in await earlier_complaints(uow.session, case):
        told, unsafe = await tell_complainants(uow, care, case, earlier, key=key)
        chats, waiting = chats + told, waiting + unsafe
    owed = await store.owed(uow.session, care.id, "outcome_told")
    victim = not await _settled(uow.session, care) and await tell_victim(uow, care, case, key=key)
    if waiting or (owed and not victim and care.victim_conversation_id is not None):
        again = timedelta(seconds=policy().clocks.care_outcome_within_s)
        await schedule(uow, OUTCOME, care.id, now() + again)
    for task in owed:
        if victim:
            note = f"victim's chat; chats of earlier complainants: {chats}"
            await finish(uow, care, task, who="software:care", name=None, note=note)


async def _settled(session: AsyncSession, care: CareCase) -> bool:
    """Whether the victim is owed no telling since the case was last resolved: it is done, or a person has decided against."""
    tasks = await store.tasks_of(session, care.id)
    return any(
        task.kind == "outcome_told" and task.done_at is not None and task.done_at >= care.opened_at
        for task in tasks
    )

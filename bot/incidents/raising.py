"""What calls people to a case beyond its first pages: a person who raises it, and a reporter who cries again in a case that
somebody has accepted."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.conversations.models import Conversation
from bot.identity.schemas import Member
from bot.incidents import clocks, holds
from bot.incidents.life import call_holder, insist, raise_to
from bot.incidents.matters import Report, heard
from bot.incidents.models import Case, TimelineEntry
from bot.incidents.timeline import ran_out, record
from bot.kit.database import UnitOfWork
from bot.kit.due import Firing, open_row, schedule
from bot.kit.now import iso, now
from bot.policy import Grade, is_safety, policy

# What is a cry by itself. The model hears S0 in nearly every line of such a chat: its word alone calls nobody anew.
_CRIES = frozenset({"button", "sentinel", "check_in"})
# Kinds that are about the driver by their nature, though too mild to stop one: a person who raises such a case makes it grave.
_OF_THE_DRIVER = frozenset({"driver_misconduct"})
_CRIED_AGAIN = "cried_again"


async def raise_by_person(
    uow: UnitOfWork, case: Case, grade: Grade, staff: Member, reason: str, *, conduct: bool | None = None
) -> None:
    """A named person raises the case, or insists on what cannot go higher; a driver whom an S0/S1 is about gets no further
    orders from then on. conduct: whether it is about the driver's conduct or fitness, None for what the case says."""
    if not await raise_to(uow, case, grade, who=staff.who, reason=reason):
        await insist(uow, case, staff, reason)
    if conduct or (conduct is None and case.kind in _OF_THE_DRIVER):
        case.conduct = case.conduct or is_safety(case.grade)  # type: ignore[arg-type]
    if conduct is not False:
        await holds.consider(uow, case, source="person")


def cries_again(case: Case, made: Report) -> bool:
    """Whether this report is a new cry from an S0 that somebody has accepted: they may be on another page, or gone."""
    accepted = case.grade == "S0" and case.accepted_at is not None
    return accepted and made.source in _CRIES and heard(made) == "S0"


async def cried_again(uow: UnitOfWork, case: Case, conversation: Conversation) -> None:
    """Whoever has accepted is called at once, and everybody on call if they do not answer within the pace of an unaccepted S0.
    Several cries within that time are one call, which lasts until each of those who cried has been answered."""
    row = await open_row(uow, clocks.CRIED, case.id)
    if row is not None:
        if conversation.id not in await clocks.unheard_cries(uow, row.payload):
            row.payload = clocks.with_cries(row.payload, {conversation.id: iso(now()) or ""})
        return
    every = _every()
    lately = await _called_since(uow, case, now() - every)
    await schedule(
        uow, clocks.CRIED, case.id, now() + every, step=1,
        payload={"conversation": conversation.id, "at": iso(now())},
    )  # fmt: skip
    if not lately:
        await record(
            uow, _CRIED_AGAIN, who="reporter", case_id=case.id, conversation_id=conversation.id,
            holder=case.accepted_name,
        )  # fmt: skip
        await call_holder(uow, case)
        uow.emit("reminder", case_id=case.id, clock=clocks.CRIED, staff_id=case.accepted_by)


async def still_unanswered(uow: UnitOfWork, case: Case, firing: Firing) -> None:
    """A cry that nobody has answered in its time: everyone on call is called, and again at the pace of an unaccepted S0."""
    if not case.open or case.accepted_at is None or case.grade != "S0":
        return
    if not await clocks.unheard_cries(uow, firing.payload):
        return
    if firing.step == 1:
        cried = datetime.fromisoformat(str(firing.payload["at"]))
        await ran_out(
            uow, "cried", since=cried, case_id=case.id, conversation_id=str(firing.payload["conversation"]),
            holder=case.accepted_name, grade=case.grade,
        )  # fmt: skip
    await call_holder(uow, case, step=firing.step)
    every = policy().clocks.S0.page_everyone_every_s or policy().clocks.S0.page_again_s[-1]
    due = now() + timedelta(seconds=every)
    await schedule(uow, clocks.CRIED, case.id, due, step=firing.step + 1, payload=firing.payload)


def _every() -> timedelta:
    return timedelta(seconds=policy().clocks.S0.page_again_s[0])


async def _called_since(uow: UnitOfWork, case: Case, since: datetime) -> bool:
    query = select(TimelineEntry.id).where(
        TimelineEntry.case_id == case.id, TimelineEntry.act == _CRIED_AGAIN, TimelineEntry.at > since
    )
    return (await uow.session.execute(query.limit(1))).first() is not None

"""What happens when a clock of care fires, and the calls to the ride platform that care owes. Each looks again first."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from bot.care import departments
from bot.care.life import CONTACT, OUTCOME, REVERSE, SEPARATE, TELL, finish
from bot.care.models import OWED_STATES, CareCase, CareTask
from bot.care.outcome import tell
from bot.errors import Unavailable
from bot.incidents.models import Case
from bot.incidents.timeline import ran_out, record
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Firing, handles, schedule
from bot.kit.locale import say
from bot.kit.now import now
from bot.kit.outbox import Delivery
from bot.paging import service as paging
from bot.policy import policy
from bot.rides.client import PlatformClient
from bot.rides.schemas import Money

# A platform that gives nothing is a person's matter from this attempt on (about four minutes), and every so many after.
_ALARM_AT, _ALARM_EVERY = 8, 60


@handles(CONTACT)
async def on_contact(uow: UnitOfWork, firing: Firing) -> None:
    """Step 0, before it is due: the owner is reminded. Then, while it is owed: the supervisor is paged, again and again."""
    task = await uow.session.get(CareTask, firing.subject)
    care = await uow.session.get(CareCase, task.care_id) if task is not None else None
    if task is None or care is None or task.state not in OWED_STATES or care.state != "open":
        return
    await _remind(uow, care, task, "care.contact", firing.step)
    clocks = policy().clocks
    again = clocks.care_remind_before_s if firing.step == 0 else clocks.care_overdue_again_s
    await schedule(uow, CONTACT, task.id, now() + timedelta(seconds=again), step=firing.step + 1)


@handles(OUTCOME)
async def on_outcome_due(uow: UnitOfWork, firing: Firing) -> None:
    """The platform has not done everything in time: the outcome is told with what is done, and nothing else is claimed."""
    care = await uow.session.get(CareCase, firing.subject)
    if care is not None and care.state != "paused":
        # Each look is a call of its own; who was told before is passed over.
        await outbox.put(uow, TELL, f"{care.id}:{firing.due.isoformat()}", {"care": care.id})


async def _remind(uow: UnitOfWork, care: CareCase, task: CareTask, clock: str, step: int) -> None:
    """Step 0 reminds the owner in the desk, before the time is over; later steps page the supervisor."""
    about: dict[str, Any] = {
        "case_id": care.case_id,
        "step": step,
        "day": task.day,
        "holder": care.owner_name,
    }
    if step > 0:
        await ran_out(uow, clock, since=task.due_at, **about)
    else:
        await record(uow, "reminded", who="software:clocks", clock=clock, **about)
    uow.emit("reminder", case_id=care.case_id, clock=clock, staff_id=care.owner_id)
    if step > 0:
        # Nobody's life is at stake in this: it is a page of the pace of S2.
        await paging.page(
            uow, subject=f"care:{task.id}", reference=care.reference, team="supervisor", grade="S2", step=step,
            headline={locale: say(f"clock.{clock}.breached", locale) for locale in ("zh", "en")}, widen=step > 1,
            everyone=False,
        )  # fmt: skip


@handles(departments.DUE)
async def on_department_due(uow: UnitOfWork, firing: Firing) -> None:
    """Another department has not done it in time."""
    await departments.overdue(uow, firing.subject, firing.step)


class CareCalls:
    """The platform's part of care, carried out through the outbox."""

    def __init__(self, database: Database, platform: PlatformClient) -> None:
        self._db, self._platform = database, platform

    def register(self) -> None:
        outbox.delivers(REVERSE, self.reverse_charges, attempts=outbox.UNTIL_DONE, on_failure=self.not_done)
        outbox.delivers(SEPARATE, self.never_match, attempts=outbox.UNTIL_DONE, on_failure=self.not_done)
        outbox.delivers(TELL, self.tell_outcome, attempts=60)

    async def reverse_charges(self, delivery: Delivery) -> None:
        """Give back what was paid for the trip; tried again it finds its own refund by the case's reference."""
        case = await self._case(delivery)
        if case is None or case.trip_id is None:
            return
        trip = await self._platform.trip(case.trip_id)
        if trip.status.live:
            raise Unavailable("trip_not_over")
        mine = [one for one in await self._platform.refunds(trip.id) if one.reference == case.reference]
        charge = trip.charge
        given = sum((one.amount.amount for one in mine), Decimal(0))
        currency = charge.total.currency if charge is not None else ""
        if charge is not None and charge.paid and not mine:
            left = charge.total.amount - charge.refunded.amount
            if left > 0:
                money = Money(amount=left, currency=currency)
                await self._platform.refund(
                    trip.id, money, "safety_case", key=delivery.id, reference=case.reference
                )
                given = left
        unpaid = charge is not None and not charge.paid and charge.total.amount > 0
        async with self._db.unit_of_work() as uow:
            await _charges_back(uow, delivery, case, given, currency, unpaid=unpaid)

    async def never_match(self, delivery: Delivery) -> None:
        """Rider and driver are never matched again; the driver is not told."""
        case = await self._case(delivery)
        if case is None or case.rider_id is None or case.driver_id is None:
            return
        await self._platform.block_driver(case.rider_id, case.driver_id, case.reference, key=delivery.id)
        async with self._db.unit_of_work() as uow:
            await _finish(uow, delivery, f"{case.rider_id} / {case.driver_id}")

    async def tell_outcome(self, delivery: Delivery) -> None:
        async with self._db.unit_of_work() as uow:
            care = await uow.session.get_one(CareCase, delivery.payload["care"], with_for_update=True)
            # An earlier complainant may still wait for it when all that is owed to the victim is over.
            if care.state != "paused":
                await tell(uow, care)

    async def not_done(self, uow: UnitOfWork, delivery: Delivery, error: str) -> None:
        """The desk sees that it fails from the first time on; the supervisor is paged when it goes on failing."""
        task = await uow.session.get_one(CareTask, delivery.payload["task"])
        care = await uow.session.get_one(CareCase, task.care_id)
        if task.state not in OWED_STATES:
            return
        if task.state != "failing":
            task.state = "failing"
            await record(
                uow, "care_failing", who="software:care", case_id=care.case_id, task=task.kind, error=error
            )
        if delivery.attempt % _ALARM_EVERY == _ALARM_AT:
            await _remind(uow, care, task, "care.failing", 1 + delivery.attempt // _ALARM_EVERY)

    async def _case(self, delivery: Delivery) -> Case | None:
        """The case if its task is still owed: a person may have done or declined it meanwhile."""
        async with self._db.reading() as session:
            task = await session.get_one(CareTask, delivery.payload["task"])
            case = await session.get_one(Case, delivery.payload["case"])
        return case if task.state in OWED_STATES else None


async def _charges_back(
    uow: UnitOfWork, delivery: Delivery, case: Case, given: Decimal, currency: str, *, unpaid: bool
) -> None:
    _, task = await _locked(uow, delivery)
    if unpaid:
        # The platform would go on asking for the money: only a person (finance) can waive it.
        task.state = "waiting"
        await record(
            uow,
            "care_unpaid",
            who="software:care",
            case_id=case.id,
            key=f"unpaid:{delivery.id}",
            task=task.kind,
        )
        return
    if given > 0:
        await record(
            uow, "refund_made", who="software:care", case_id=case.id, key=f"refund:{delivery.id}", amount=str(given),
            currency=currency,
        )  # fmt: skip
    await _finish(uow, delivery, f"{given} {currency}".strip() if given else "nothing was paid")


async def _locked(uow: UnitOfWork, delivery: Delivery) -> tuple[CareCase, CareTask]:
    """The care before its task, so that two of its tasks that end at once wait for each other and never in a circle."""
    task = await uow.session.get_one(CareTask, delivery.payload["task"])
    care = await uow.session.get_one(CareCase, task.care_id, with_for_update=True)
    await uow.session.refresh(task, with_for_update=True)
    return care, task


async def _finish(uow: UnitOfWork, delivery: Delivery, note: str) -> None:
    care, task = await _locked(uow, delivery)
    if task.state in OWED_STATES:
        await finish(uow, care, task, who="software:care", name=None, note=note)

"""Reviews of dispatch holds: a named person keeps or lifts the hold and says why; then the driver learns why, never who, and
not while anyone may be with them. The driver's answer reaches those who review, and starts their clock if it has stopped."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.errors import Missing, Unprocessable
from bot.identity.schemas import Member
from bot.incidents import holds, life, store
from bot.incidents.clocks import HOLD_REVIEW
from bot.incidents.models import Case, DispatchHold, HoldReview
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Firing, cancel, handles, open_row, schedule
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import now
from bot.kit.outbox import Delivery
from bot.paging import service as paging
from bot.policy import policy
from bot.rides.client import PlatformClient

TELL_DRIVER, PUSH = "hold.tell_driver", "hold.push"
_LOOK_AGAIN = timedelta(minutes=5)
# What may be told of the kind of report: so broad that it names neither the ride nor who wrote.
_WHY = {"dangerous_driving": "driving", "route_deviation": "route", "driver_vehicle_mismatch": "vehicle"}


def why_of(kind: str) -> str:
    """The broad reason (policy: hold_reasons) of a case's kind."""
    return _WHY.get(kind, "conduct")


async def open_hold(session: AsyncSession, case_id: str) -> DispatchHold | None:
    """The hold of this case, or of one that was joined into it, that is in force."""
    return next(iter(await store.open_holds(session, case_id)), None)


async def review(
    uow: UnitOfWork, case: Case, staff: Member, *, keep: bool, why: str, reason: str
) -> HoldReview:
    """A named person decides on the hold, with a reason for the timeline; the driver is told `why` when it is safe.

    Raises Missing without a hold, Unprocessable without a reason or for a `why` that the policy does not name.
    """
    staff.must("review_hold")
    if not reason.strip():
        raise Unprocessable("reason_needed")
    if why not in policy().hold_reasons:
        raise Unprocessable("unknown_why")
    held = await store.open_holds(uow.session, case.id)
    if not held:
        raise Missing("no_hold")
    made = HoldReview(
        id=new_id(), hold_id=held[0].id, case_id=case.id, driver_id=held[0].driver_id, why=why, by=staff.id, name=staff.name,
        decision="kept" if keep else "released", at=now(),
    )  # fmt: skip
    uow.session.add(made)
    await uow.session.flush()
    life.decided(case)
    await record(
        uow, "hold_reviewed", who=staff.who, case_id=case.id, name=staff.name, decision=made.decision, why=why,
        reason=reason,
    )  # fmt: skip
    if keep:
        for hold in held:
            await cancel(uow, hold.id, HOLD_REVIEW)
        await paging.stop(uow, f"hold_review:{case.id}")
    else:
        await holds.release(uow, case, staff, reason)
    await schedule(uow, TELL_DRIVER, made.id, now())
    uow.emit("case.changed", case_id=case.id)
    return made


async def answered(uow: UnitOfWork, appeal: Case, conversation: Conversation) -> None:
    """A driver asks why there are no orders, or gives their side: every hold on them is reviewed again within the policy's
    time, by people who see the words, and never later than it was due before. It lifts nothing and closes nothing by itself.
    """
    if conversation.driver_id is None or conversation.identity == "none":
        return
    query = select(DispatchHold).where(
        DispatchHold.driver_id == conversation.driver_id, DispatchHold.open_key.is_not(None)
    )
    held = list((await uow.session.execute(query)).scalars())
    if not held:
        return
    appeal.team = "safety"
    within = timedelta(seconds=policy().clocks.hold_review_s)
    for hold in held:
        case = await life.locked(uow, hold.case_id)
        await life.link(uow, case, appeal, "appeal")
        await record(
            uow, "driver_answered", who="reporter", case_id=case.id, key=f"appeal:{appeal.id}:{hold.id}:{appeal.reports}",
            appeal=appeal.reference, words=appeal.evidence.get("words") or appeal.title,
        )  # fmt: skip
        if await open_row(uow, HOLD_REVIEW, hold.id) is None:
            await schedule(uow, HOLD_REVIEW, hold.id, now() + within, payload={"case": case.id})
        reviewer = await _last_reviewer(uow.session, hold.id)
        uow.emit("reminder", case_id=case.id, clock=HOLD_REVIEW, staff_id=reviewer or case.accepted_by)
    await paging.announce(uow, subject=f"appeal:{appeal.id}", team="safety", conversation_id=conversation.id)


async def _last_reviewer(session: AsyncSession, hold_id: str) -> str | None:
    query = select(HoldReview.by).where(HoldReview.hold_id == hold_id).order_by(HoldReview.at.desc()).limit(1)
    return (await session.execute(query)).scalar_one_or_none()


@handles(TELL_DRIVER)
async def on_tell_driver(uow: UnitOfWork, firing: Firing) -> None:
    """Nothing while any S0/S1 about this driver is open, this case's or another's: somebody may be with them, or near."""
    made = await uow.session.get_one(HoldReview, firing.subject)
    if made.told_at is not None:
        return
    if await store.open_safety_about_driver(uow.session, made.driver_id):
        await schedule(uow, TELL_DRIVER, made.id, now() + _LOOK_AGAIN, step=firing.step + 1)
        return
    await outbox.put(uow, PUSH, f"{made.id}:{firing.step}", {"review": made.id, "step": firing.step})


class DriverTeller:
    """Carries out what was put under PUSH."""

    def __init__(self, database: Database, platform: PlatformClient) -> None:
        self._db, self._platform = database, platform

    def register(self) -> None:
        outbox.delivers(PUSH, self.push, attempts=outbox.UNTIL_DONE)

    async def push(self, delivery: Delivery) -> None:
        """Tell the driver's app, unless an S0/S1 about them has opened or somebody is in their car: then look again later."""
        async with self._db.reading() as session:
            made = await session.get_one(HoldReview, delivery.payload["review"])
            grave = await store.open_safety_about_driver(session, made.driver_id)
        driver = await self._platform.driver(made.driver_id)
        if grave or driver.current_trip_id is not None:
            async with self._db.unit_of_work() as uow:
                step = int(delivery.payload["step"]) + 1
                await schedule(uow, TELL_DRIVER, made.id, now() + _LOOK_AGAIN, step=step)
            return
        reads = [locale for locale in ("zh", "en") if locale in driver.languages] or ["zh", "en"]
        text = "\n".join(
            say(f"hold.told.{made.decision}", locale, why=say(f"hold.why.{made.why}", locale))
            for locale in reads
        )
        await self._platform.push_to_driver(made.driver_id, "notice", text, key=made.id)
        async with self._db.unit_of_work() as uow:
            told = await uow.session.get_one(HoldReview, made.id, with_for_update=True)
            told.told_at = told.told_at or now()
            await record(
                uow, "driver_told", who="software:dispatch", case_id=made.case_id, key=f"driver-told:{made.id}",
                why=made.why, decision=made.decision,
            )  # fmt: skip

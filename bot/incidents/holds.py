"""Drivers off dispatch: future orders only, the running trip and its tracking go on, and the driver sees nothing while
anyone may be with them. Asked for in a transaction, carried out through the outbox, reviewed within two hours, lifted
only by a named person with a reason."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Missing, Unprocessable
from bot.identity.schemas import Member
from bot.incidents import store
from bot.incidents.clocks import HOLD_ALONE, HOLD_REVIEW
from bot.incidents.models import Case, DispatchHold, HoldReview
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import UnitOfWork
from bot.kit.due import cancel, open_row, schedule
from bot.kit.ids import new_id
from bot.kit.now import now
from bot.paging import service as paging
from bot.policy import is_safety, policy

HOLD, RELEASE = "dispatch.hold", "dispatch.release"
# What may take a driver off dispatch by itself; the model alone waits for a person or for a minute.
_AT_ONCE = frozenset({"sentinel", "button", "check_in", "silence", "person"})


async def consider(uow: UnitOfWork, case: Case, *, source: str) -> None:
    """Called when the trip of a case is known, and at each further report: hold at once, in a minute, or leave it to a
    person (TAXONOMY: who acts). source: what the newest report came from."""
    unmatched = bool(case.evidence.get("plate_differs"))
    if not case.conduct or case.driver_id is None or not is_safety(case.grade) or unmatched:  # type: ignore[arg-type]
        return
    if case.reporter_role == "driver":
        return
    if source in _AT_ONCE or case.accepted_at is not None:
        await request(uow, case, by=f"software:{source}", reason=case.kind)
        return
    if await open_row(uow, HOLD_ALONE, case.id) is None:
        alone = timedelta(seconds=policy().clocks.hold_on_model_alone_s)
        await schedule(uow, HOLD_ALONE, case.id, now() + alone)


async def accepted(uow: UnitOfWork, case: Case) -> None:
    """A person has accepted a case that the model alone had opened: the hold waits no longer."""
    if await open_row(uow, HOLD_ALONE, case.id) is not None:
        await cancel(uow, case.id, HOLD_ALONE)
        await request(uow, case, by="software:acceptance", reason=case.kind)


async def reopened(uow: UnitOfWork, case: Case) -> None:
    """A case that ended before the model's word alone could stop the driver is open again: that waits for a person or a minute
    anew. A driver whom a person has let drive again is left to people."""
    query = select(DispatchHold.id).where(
        DispatchHold.case_id.in_(await store.with_joined(uow.session, [case.id]))
    )
    if (await uow.session.execute(query.limit(1))).first() is None:
        await consider(uow, case, source="nlu")


async def unprocessed(uow: UnitOfWork, case: Case) -> None:
    """A report on the driver's conduct that nobody has processed in its time: until somebody has, the driver gets no further
    orders (TAXONOMY: an earlier complaint unprocessed while the driver still gets rides)."""
    unmatched = bool(case.evidence.get("plate_differs"))
    if case.conduct and case.driver_id is not None and not unmatched and case.reporter_role != "driver":
        await request(uow, case, by="software:clocks", reason=case.kind)


async def request(
    uow: UnitOfWork, case: Case, *, by: str, reason: str, driver_name: str | None = None
) -> DispatchHold:
    """Ask the platform for no further orders; a driver held for this case already stays as is. driver_name: where the case has
    no trip that says it.

    Raises Unprocessable when no driver is known.
    """
    if case.driver_id is None:
        raise Unprocessable("no_driver")
    key = _key(case.id, case.driver_id)
    held = (
        await uow.session.execute(select(DispatchHold).where(DispatchHold.open_key == key))
    ).scalar_one_or_none()
    if held is not None:
        return held
    driver = (case.trip or {}).get("driver") or {}
    hold = DispatchHold(
        id=new_id(), case_id=case.id, driver_id=case.driver_id, driver_name=driver_name or driver.get("name"),
        state="requested", reason=reason, asked_by=by, asked_at=now(), open_key=key,
    )  # fmt: skip
    uow.session.add(hold)
    await uow.session.flush()
    await record(uow, "hold_requested", who=by, case_id=case.id, driver_id=case.driver_id, reason=reason)
    await outbox.put(uow, HOLD, hold.id, _order(hold, case))
    review = timedelta(seconds=policy().clocks.hold_review_s)
    await schedule(uow, HOLD_REVIEW, hold.id, now() + review, payload={"case": case.id})
    return hold


async def confirmed(uow: UnitOfWork, hold_id: str) -> None:
    """The platform has stopped the driver's orders: now it may be claimed."""
    hold = await uow.session.get(DispatchHold, hold_id)
    if hold is None or hold.state not in ("requested", "failing"):
        return
    hold.state, hold.held_at = "held", now()
    await paging.stop(uow, f"hold_failing:{hold.case_id}")
    await record(
        uow, "driver_stopped", who="software:dispatch", case_id=hold.case_id, driver_id=hold.driver_id
    )
    uow.emit("case.changed", case_id=hold.case_id)


async def standing(session: AsyncSession, hold_id: str) -> bool:
    """Whether the hold is still wanted: nobody has lifted it."""
    hold = await session.get(DispatchHold, hold_id)
    return hold is not None and hold.open_key is not None


async def held_anew(session: AsyncSession, case_id: str, driver_id: str) -> DispatchHold | None:
    """The hold that nobody has lifted by which the driver is wanted off dispatch for this case; None without one."""
    query = select(DispatchHold).where(DispatchHold.open_key == _key(case_id, driver_id))
    return (await session.execute(query)).scalar_one_or_none()


async def released(uow: UnitOfWork, case: Case, hold_id: str, *, key: str, at_platform: bool) -> None:
    """The release of a hold is carried out (at_platform), or passed over because the driver was held anew meanwhile. A newer
    hold is asked for once more, because the platform may have taken the two in the other order. key: of the delivery."""
    hold = await uow.session.get(DispatchHold, hold_id)
    if hold is None:
        return
    hold.state = "released"
    anew = await held_anew(uow.session, case.id, hold.driver_id)
    if at_platform:
        await record(uow, "driver_released", who="software:dispatch", case_id=case.id, key=f"released:{key}")
    if at_platform and anew is not None:
        await outbox.put(uow, HOLD, f"{anew.id}:{key}", _order(anew, case))
    uow.emit("case.changed", case_id=case.id)


def _order(hold: DispatchHold, case: Case) -> dict[str, str]:
    return {
        "driver": hold.driver_id, "reason": hold.reason, "reference": case.reference, "case": case.id, "hold": hold.id,
    }  # fmt: skip


def _key(case_id: str, driver_id: str) -> str:
    return f"{case_id}:{driver_id}"


async def failing(uow: UnitOfWork, hold_id: str, error: str) -> None:
    """The platform has not done it yet: known to the desk, tried on."""
    hold = await uow.session.get(DispatchHold, hold_id)
    if hold is None or hold.state == "held":
        return
    if hold.state != "failing":
        await record(uow, "hold_failing", who="software:dispatch", case_id=hold.case_id, error=error)
    hold.state = "failing"
    uow.emit("case.changed", case_id=hold.case_id)


async def release(uow: UnitOfWork, case: Case, staff: Member, reason: str) -> None:
    """A named person lets the driver have orders again, whichever of the cases that are one matter by now holds them. Raises
    Missing without a hold, Unprocessable without a reason."""
    staff.must("release_driver")
    if not reason.strip():
        raise Unprocessable("reason_needed")
    held = await store.open_holds(uow.session, case.id)
    if not held:
        raise Missing("no_hold")
    for hold in held:
        await _lift(uow, case, hold, who=staff.who, name=staff.name, reason=reason)


async def void(uow: UnitOfWork, case: Case, *, who: str, name: str | None, reason: str) -> None:
    """The case turns out to be about another ride: the hold that software placed on this driver is lifted, because the match it
    was placed on is void. One that a person asked for, or has reviewed and kept, stays until a person lifts it."""
    kept = select(HoldReview.hold_id).where(HoldReview.case_id == case.id, HoldReview.decision == "kept")
    query = select(DispatchHold).where(
        DispatchHold.case_id == case.id, DispatchHold.driver_id == case.driver_id,
        DispatchHold.open_key.is_not(None), DispatchHold.asked_by.startswith("software:"),
        DispatchHold.id.not_in(kept),
    )  # fmt: skip
    await cancel(uow, case.id, HOLD_ALONE)
    for hold in (await uow.session.execute(query)).scalars().all():
        await _lift(uow, case, hold, who=who, name=name, reason=reason)


async def _lift(
    uow: UnitOfWork, case: Case, hold: DispatchHold, *, who: str, name: str | None, reason: str
) -> None:
    hold.state, hold.open_key, hold.released_by, hold.released_at = "releasing", None, name or who, now()
    hold.release_reason = reason
    await cancel(uow, hold.id, HOLD_REVIEW)
    await paging.stop(uow, f"hold_review:{case.id}")
    # The platform knows the hold by the reference of the case that asked for it, which may have been joined since.
    asked = case if hold.case_id == case.id else await uow.session.get_one(Case, hold.case_id)
    await record(
        uow, "hold_released", who=who, case_id=case.id, name=name, reason=reason, driver_name=hold.driver_name,
        reference=asked.reference,
    )  # fmt: skip
    payload = {"driver": hold.driver_id, "reference": asked.reference, "case": asked.id, "hold": hold.id}
    await outbox.put(uow, RELEASE, hold.id, payload)
    uow.emit("case.changed", case_id=case.id)

"""What happens when a case's clock fires or a call to the platform is owed. Each looks again before it acts."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.incidents import clocks, holds, locating, raising, service, store
from bot.incidents.keeping import held_by_who_may
from bot.incidents.models import Case, DispatchHold, HoldReview
from bot.incidents.reviews import DriverTeller
from bot.incidents.telling import Teller
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
from bot.rides.service import find_recent_trip, get_trip_card, hold_driver, release_driver

log = structlog.get_logger(__name__)
# How far back a ride may lie: one that is guessed from an account, and one that words name.
_RECENT, _NAMED = timedelta(hours=24), timedelta(days=30)
# How often one look is made while what is known changes under it.
_LOOKS = 3


@handles(clocks.PAGE)
async def on_page(uow: UnitOfWork, firing: Firing) -> None:
    """Nobody has accepted yet: page again and widen."""
    case = await service.locked(uow, firing.subject)
    if case.id == firing.subject and case.open and case.accepted_at is None:
        await service.page(uow, case, step=firing.step)


@handles(clocks.JOINED)
async def on_joined_unheld(uow: UnitOfWork, firing: Firing) -> None:
    """A further reporter of an accepted case still waits for a person of their own who may have them: page, and again at the
    case's pace."""
    conversation = await conversations.lock(uow, firing.subject)
    named = await service.locked(uow, str(firing.payload["case"]))
    cases = await store.open_of_conversation(uow.session, conversation.id)
    # Where that case is over, another that they report, and that a colleague has, may go on.
    owing = [one for one in cases if one.accepted_at is not None and one.grade != "S3"]
    if not owing or await held_by_who_may(uow.session, conversation, cases):
        await paging.stop(uow, f"joined:{conversation.id}")
        return
    case = named if named in owing else owing[0]
    clock = policy().clocks.of(case.grade)  # type: ignore[arg-type]
    await paging.page(
        uow, subject=f"joined:{conversation.id}", reference=case.reference, team=case.team, grade=case.grade,
        step=firing.step, headline={locale: say("joined.unheld", locale) for locale in ("zh", "en")},
        widen=firing.step >= len(clock.page_again_s), everyone=False,
    )  # fmt: skip
    due = now() + timedelta(seconds=clock.page_again_s[0])
    await schedule(uow, clocks.JOINED, conversation.id, due, step=firing.step + 1, payload=firing.payload)


@handles(clocks.SILENT)
async def on_silent(uow: UnitOfWork, firing: Firing) -> None:
    """Accepted but silent towards the reporter: remind the holder, then page the supervisor, and on."""
    case = await service.locked(uow, firing.subject)
    again = policy().clocks.of(case.grade).accepted_silent_s  # type: ignore[arg-type]
    if not case.open or case.accepted_at is None or again is None:
        return
    # A word since then ended one silence: the next is a breach of its own.
    since = max(await store.silent_since(uow.session, case.id) or case.accepted_at, case.accepted_at)
    await _remind(uow, case, "silent", firing.step, since=since)
    if case.decided_at is None:
        await holds.unprocessed(uow, case)
    await schedule(uow, clocks.SILENT, case.id, now() + timedelta(seconds=again), step=firing.step + 1)


@handles(clocks.CRIED)
async def on_cried(uow: UnitOfWork, firing: Firing) -> None:
    """A reporter has cried again in an accepted case, and nobody has answered."""
    await raising.still_unanswered(uow, await service.locked(uow, firing.subject), firing)


@handles(clocks.UNDECIDED)
async def on_undecided(uow: UnitOfWork, firing: Firing) -> None:
    """A complaint about which nobody has decided anything in its time, whatever was said: until somebody does, the driver it is
    about gets no further orders, and the supervisor is paged, again after as long."""
    case = await service.locked(uow, firing.subject)
    if case.open and case.decided_at is None:
        await _remind(uow, case, "undecided", firing.step + 1, since=case.opened_at)
        await holds.unprocessed(uow, case)
        await clocks.owe_decision(uow, case, step=firing.step + 1)


@handles(clocks.EMERGENCY_CALL)
async def on_emergency_call(uow: UnitOfWork, firing: Firing) -> None:
    """No call to emergency services recorded and none decided against: remind, then the supervisor, every 60 s."""
    case = await service.locked(uow, firing.subject)
    if not case.open or case.emergency_call is not None:
        return
    await _remind(uow, case, "emergency_call", firing.step)
    await schedule(uow, clocks.EMERGENCY_CALL, case.id, now() + timedelta(seconds=60), step=firing.step + 1)


@handles(clocks.PROMISED)
async def on_promised(uow: UnitOfWork, firing: Firing) -> None:
    """The time named to the reporter has come and nobody has accepted: a broken promise, and the supervisor is paged."""
    case = await service.locked(uow, firing.subject)
    if case.open and case.accepted_at is None:
        await record(
            uow, "promise_broken", who="software:clocks", case_id=case.id, due=firing.due.isoformat()
        )
        await _remind(uow, case, "promised", 1)
        await holds.unprocessed(uow, case)


@handles(clocks.PLAN)
async def on_plan(uow: UnitOfWork, firing: Firing) -> None:
    """Somebody stranded has neither a car nor a person's plan in time: the supervisor is paged."""
    case = await service.locked(uow, firing.subject)
    if case.open and case.decided_at is None:
        await _remind(uow, case, "plan", 1)


async def _remind(
    uow: UnitOfWork, case: Case, clock: str, step: int, *, since: datetime | None = None
) -> None:
    """Step 0 reminds the holder in the desk; later steps page the supervisor. since: from when the clock ran, the acceptance
    unless said. Who had the case then, and its grade then, are kept: both may change."""
    await ran_out(
        uow, clock, since=since or case.accepted_at or case.opened_at, case_id=case.id, step=step,
        holder=case.accepted_name, grade=case.grade,
    )  # fmt: skip
    uow.emit("reminder", case_id=case.id, clock=clock, staff_id=case.accepted_by)
    if step > 0:
        await paging.page(
            uow, subject=f"{clock}:{case.id}", reference=case.reference, team="supervisor", grade=case.grade, step=step,
            headline={locale: say(f"clock.{clock}.breached", locale) for locale in ("zh", "en")}, widen=step > 1,
            everyone=False,
        )  # fmt: skip


@handles(clocks.HOLD_ALONE)
async def on_model_alone(uow: UnitOfWork, firing: Firing) -> None:
    """A minute has passed with the model's word alone: the driver gets no further orders until a person has looked."""
    case = await service.locked(uow, firing.subject)
    if case.open and case.driver_id is not None:
        await holds.request(uow, case, by="software:nlu", reason=case.kind)


@handles(clocks.HOLD_REVIEW)
async def on_hold_review(uow: UnitOfWork, firing: Firing) -> None:
    """A hold nobody has reviewed within two hours: the supervisor is paged, every two hours until somebody has."""
    hold = await uow.session.get(DispatchHold, firing.subject)
    if hold is None or hold.open_key is None:
        return
    case = await service.locked(uow, hold.case_id)
    reviewed = select(func.max(HoldReview.at, type_=HoldReview.at.type)).where(HoldReview.hold_id == hold.id)
    since = (await uow.session.execute(reviewed)).scalar() or hold.asked_at
    await _remind(uow, case, "hold_review", firing.step + 1, since=since)
    review = timedelta(seconds=policy().clocks.hold_review_s)
    await schedule(uow, clocks.HOLD_REVIEW, hold.id, now() + review, step=firing.step + 1)


@paging.on_seen
async def page_seen(uow: UnitOfWork, seen: paging.Seen) -> None:
    """Somebody has seen the page of a case: written down. It accepts nothing; only the desk does."""
    if await uow.session.get(Case, seen.subject) is not None:
        await record(
            uow,
            "page_seen",
            who=f"staff:{seen.staff_id}",
            case_id=seen.subject,
            name=seen.name,
            step=seen.step,
        )


class PlatformCalls:
    """The calls to the ride platform that cases owe, carried out through the outbox."""

    def __init__(self, database: Database, platform: PlatformClient) -> None:
        self._db, self._platform = database, platform

    def register(self) -> None:
        outbox.delivers(service.LOCATE, self.locate, attempts=outbox.UNTIL_DONE, on_failure=self.not_located)
        outbox.delivers(holds.HOLD, self.hold, attempts=outbox.UNTIL_DONE, on_failure=self.not_held)
        outbox.delivers(holds.RELEASE, self.release, attempts=outbox.UNTIL_DONE)
        Teller(self._db).register()
        DriverTeller(self._db, self._platform).register()

    async def locate(self, delivery: Delivery) -> None:
        """Find the trip by all that is known. Raises when the platform does not answer, to be tried again. What was found by
        less than is known by then is looked for anew: another message of the same chat may have named the ride meanwhile."""
        for left in reversed(range(_LOOKS)):
            if await self._looked(delivery, last=left == 0):
                return

    async def _looked(self, delivery: Delivery, *, last: bool) -> bool:
        """One look; returns whether it is done. last: what it finds counts, whatever has changed meanwhile."""
        async with self._db.reading() as session:
            conversation = await session.get_one(Conversation, delivery.payload["conversation"])
            case = await session.get_one(Case, delivery.payload["case"])
        if not case.open:
            return True
        facts = locating.facts_of(conversation, case, delivery.payload)
        match = await find_recent_trip(self._platform, facts, now(), _RECENT, _NAMED)
        if match is None:
            await self._note(case, delivery, "trip_not_found", "")
            return True
        card = await get_trip_card(self._platform, match.trip.id, now())
        found = locating.found_by(match, card, delivery.payload)
        async with self._db.unit_of_work() as uow:
            current = await conversations.lock(uow, conversation.id)
            case = await service.locked(uow, case.id)
            if not last and locating.facts_of(current, case, delivery.payload) != facts:
                return False
            if case.open:
                await locating.attach(uow, case, current, found)
        return True

    async def not_located(self, uow: UnitOfWork, delivery: Delivery, error: str) -> None:
        """The agent sees that the platform gives nothing, from the first failure on."""
        if delivery.attempt == 1:
            await record(
                uow, "platform_silent", who="software:locating", case_id=delivery.payload["case"], error=error,
                key=f"platform-silent:{delivery.id}",
            )  # fmt: skip

    async def _note(self, case: Case, delivery: Delivery, act: str, error: str) -> None:
        async with self._db.unit_of_work() as uow:
            await record(
                uow, act, who="software:locating", case_id=case.id, key=f"{act}:{delivery.id}", error=error
            )

    async def hold(self, delivery: Delivery) -> None:
        """Take the driver off dispatch; idempotent at the platform by the case's reference. A hold that was lifted before the
        platform had it is passed over: its release may have come first."""
        told = delivery.payload
        async with self._db.reading() as session:
            if not await holds.standing(session, told["hold"]):
                return
        await hold_driver(self._platform, told["driver"], "safety_report", told["reference"])
        async with self._db.unit_of_work() as uow:
            await holds.confirmed(uow, told["hold"])

    async def not_held(self, uow: UnitOfWork, delivery: Delivery, error: str) -> None:
        """A hold that fails is an alarm: the supervisor is paged at the second failure and at every eighth."""
        await holds.failing(uow, delivery.payload["hold"], error)
        if delivery.attempt == 2 or delivery.attempt % 8 == 0:
            case = await service.locked(uow, delivery.payload["case"])
            hold = await uow.session.get_one(DispatchHold, delivery.payload["hold"])
            await _remind(uow, case, "hold_failing", delivery.attempt, since=hold.asked_at)

    async def release(self, delivery: Delivery) -> None:
        """Let the driver have orders again, unless they were stopped anew for this case while the platform did not answer."""
        told = delivery.payload
        async with self._db.reading() as session:
            anew = await holds.held_anew(session, told["case"], told["driver"])
        if anew is None:
            await release_driver(self._platform, told["driver"], told["reference"])
        async with self._db.unit_of_work() as uow:
            case = await uow.session.get_one(Case, told["case"])
            await holds.released(uow, case, told["hold"], key=delivery.id, at_platform=anew is None)

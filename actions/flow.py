"""What the flows share once a form has found out all: the trip, the case, the record behind a claim, what
raises a grade."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from actions import identity, words
from actions.base import VigilAction
from actions.desk import OpenedCase, desk
from actions.models import Trip
from actions.platform import platform
from actions.settings import policy
from actions.turn import Turn

_ZONES = {"zh": "Asia/Shanghai", "en": "UTC"}


class FlowAction(VigilAction):
    """Runs when a form is done. If the form was left meanwhile, nothing is under way and it keeps silent."""

    @abstractmethod
    async def finish(self, turn: Turn) -> None:
        """Does the matter and says what was done."""

    async def act(self, turn: Turn) -> None:
        if not turn.slot("topic"):
            return
        await self.finish(turn)
        turn.clear_matter()


async def trip_of(turn: Turn) -> Trip:
    """The trip that the form settled, as it is now."""
    return await platform().trip(str(turn.slot("trip_id")))


async def record(turn: Turn, act: str, **details: Any) -> None:
    """Writes an act into the desk's timeline. Say that something was done only after this has returned."""
    if not turn.standalone:
        await desk().record_act(turn.address, act, details)


def local(at: datetime, turn: Turn, trip: Trip | None = None) -> str:
    """A time for the person to read: HH:MM where the trip is, with the day when it is not today; UTC is
    named as such."""
    zone = trip.timezone if trip else _ZONES[turn.language]
    there, today = at.astimezone(ZoneInfo(zone)), turn.now.astimezone(ZoneInfo(zone)).date()
    told = f"{there:%H:%M}" if there.date() == today else f"{there:%m-%d %H:%M}"
    return f"{told} UTC" if zone == "UTC" else told


def is_night(turn: Turn, trip: Trip) -> bool:
    return identity.night(turn.now, trip.timezone)


def vulnerable(turn: Turn) -> bool:
    """Whether the words tell of somebody who cannot wait like others."""
    return words.says("vulnerable", turn.all_said)


async def open_case(
    turn: Turn,
    kind: str,
    *,
    grade: str = "S3",
    title: str,
    evidence: Mapping[str, Any],
    reasons: Sequence[str] = (),
    hand_over: bool = False,
) -> OpenedCase:
    return await desk().open_case(
        turn.address,
        kind=kind,
        grade=grade,
        title=title[:200],
        evidence=evidence,
        reasons=reasons,
        hand_over=hand_over,
        language=turn.language,
    )


def say_case(turn: Turn, case: OpenedCase, trip: Trip | None = None) -> None:
    """Reference and next step; a time only if the desk has scheduled it."""
    if case.due_at:
        turn.say("utter_case_opened_due", reference=case.reference, due=local(case.due_at, turn, trip))
    else:
        turn.say("utter_case_opened", reference=case.reference)


def trip_evidence(trip: Trip) -> dict[str, Any]:
    """What a person needs to see of a trip in a case; no phones."""
    return {
        "trip_id": trip.id,
        "order_no": trip.order_no,
        "status": trip.status,
        "driver_id": trip.driver.id if trip.driver else None,
        "plate": trip.vehicle.plate if trip.vehicle else None,
        "pickup": trip.pickup.name,
        "destination": trip.destination.name,
        "promised_pickup_at": trip.promised_pickup_at.isoformat() if trip.promised_pickup_at else None,
        "position": {"lat": trip.position.lat, "lng": trip.position.lng, "at": trip.position.at.isoformat()}
        if trip.position
        else None,
        "end": {"lat": trip.destination.lat, "lng": trip.destination.lng},
    }


def essential(category: str) -> bool:
    return category in policy().essential_items

"""The sandbox's state: in memory, planted afresh at start and on reset. What changes it lives in the
modules beside."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.rides.answers import Hold, LostItem, Promotion
from bot.rides.phones import phone_candidates
from bot.rides.schemas import TripStatus
from sandbox import people, promotions, seeds
from sandbox.errors import Refusal, missing
from sandbox.events import EventLog
from sandbox.people import DriverRecord, RiderRecord
from sandbox.trips import TripRecord

Holds = dict[str, dict[str, Hold]]


@dataclass
class Code:
    """A one-time code on its way. `spent` once it was right; `tries` counts the wrong ones."""

    id: str
    phone: str
    text: str
    purpose: str
    expires_at: datetime
    tries: int = 0
    spent: bool = False


@dataclass(frozen=True)
class Noted:
    """Something that left the platform: a text message, mail, push, call. Shown on the driver's page."""

    kind: str
    to: str
    text: str
    at: datetime
    about: str | None = None


class World:
    """`clock` gives the aware time; a test may move it."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self.events = EventLog()
        self._resets = itertools.count()
        self.reset()

    def reset(self) -> None:
        """Plant everything anew. Ids given out later never repeat those given before; events already made
        stay."""
        self._stamp = f"{int(time.time() * 1000):x}{next(self._resets)}"
        self._numbers = itertools.count(1)
        self.riders = people.riders()
        self.drivers = people.drivers()
        self.trips: dict[str, TripRecord] = {}
        self.lost_items: dict[str, LostItem] = {}
        self.holds: Holds = defaultdict(dict)
        self.restrictions: Holds = defaultdict(dict)
        self.codes: dict[str, Code] = {}
        self.outbox: deque[Noted] = deque(maxlen=200)
        self.attempts: dict[str, deque[datetime]] = defaultdict(deque)
        self.promotions: dict[str, list[Promotion]] = promotions.plant(self.now)
        self.answered: dict[tuple[str, str, str], tuple[bytes, int, bytes]] = {}
        for number, seed in enumerate(seeds.SEEDS, start=1):
            self.trips[seed.id] = seeds.plant(seed, number, self.riders, self.drivers, self.now)

    @property
    def now(self) -> datetime:
        return self.clock()

    def new_id(self, prefix: str) -> str:
        """Unique across resets and restarts: whoever remembers an id must never find another thing under
        it."""
        return f"{prefix}_{self._stamp}{next(self._numbers):04d}"

    def refresh(self) -> None:
        """Plant anew the demo trips that nobody has looked at for their while, so that live ones stay
        live."""
        for number, seed in enumerate(seeds.SEEDS, start=1):
            trip = self.trips[seed.id]
            kept = timedelta(minutes=seed.keeps_minutes)
            if not trip.touched and trip.seeded_at and self.now - trip.seeded_at >= kept:
                self.trips[seed.id] = seeds.plant(seed, number, self.riders, self.drivers, self.now)

    def trip(self, trip_id: str) -> TripRecord:
        """The trip; from now on it goes its own way. Raises Refusal not_found."""
        if trip_id not in self.trips:
            raise missing("trip", trip_id)
        self.trips[trip_id].touched = True
        return self.trips[trip_id]

    def rider(self, rider_id: str) -> RiderRecord:
        if rider_id not in self.riders:
            raise missing("rider", rider_id)
        return self.riders[rider_id]

    def driver(self, driver_id: str) -> DriverRecord:
        if driver_id not in self.drivers:
            raise missing("driver", driver_id)
        return self.drivers[driver_id]

    def lost_item(self, lost_item_id: str) -> LostItem:
        if lost_item_id not in self.lost_items:
            raise missing("lost-item report", lost_item_id)
        return self.lost_items[lost_item_id]

    def current_trip(self, driver_id: str) -> TripRecord | None:
        return next(
            (t for t in self.trips.values() if t.status.live and t.driver and t.driver.id == driver_id), None
        )

    def on_dispatch(self, driver_id: str) -> bool:
        return not (self.holds[driver_id] or self.restrictions[driver_id] or self.drivers[driver_id].stops)

    def phones_of(self, trip: TripRecord) -> set[str]:
        """The passenger's, the rider's and the booker's."""
        accounts = (trip.booker_id, trip.rider_id)
        return {trip.passenger_phone} | {self.riders[each].phone for each in accounts if each}

    def known_phone(self, text: str) -> str:
        """The E.164 number that `text` means, one that the platform knows before others. Raises Refusal
        phone_invalid."""
        meant = phone_candidates(text)
        if not meant:
            raise Refusal(422, "phone_invalid", "That is no phone number.")
        known = {rider.phone for rider in self.riders.values()}
        known |= {driver.phone for driver in self.drivers.values()}
        known |= {trip.passenger_phone for trip in self.trips.values()}
        return next((each for each in meant if each in known), meant[0])

    def limit(self, subject: str, times: int, within: timedelta) -> None:
        """Count one attempt. Raises Refusal rate_limited above `times` `within` that long."""
        recent = self.attempts[subject]
        while recent and self.now - recent[0] > within:
            recent.popleft()
        if len(recent) >= times:
            wait = within - (self.now - recent[0])
            raise Refusal(429, "rate_limited", "Too many tries.", retry_after_s=int(wait.total_seconds()) + 1)
        recent.append(self.now)

    def note(self, kind: str, to: str, text: str, about: str | None = None) -> None:
        self.outbox.appendleft(Noted(kind, to, text, self.now, about))

    def emit(
        self, kind: str, data: dict[str, Any], *, trip: str | None, lost_item: str | None = None
    ) -> None:
        self.events.add(self.new_id("evt"), kind, self.now, trip, lost_item, data)

    def set_status(self, trip: TripRecord, status: TripStatus) -> None:
        """Move the trip on and tell the desk."""
        if trip.status is status:
            return
        previous, trip.status = trip.status, status
        self.emit("trip.status", {"status": status.value, "previous": previous.value}, trip=trip.id)

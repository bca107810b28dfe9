"""Finding and reading trips."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.rides.phones import phone_candidates
from bot.rides.plates import normalise_plate
from bot.rides.schemas import TripDetail, TripList, TripStatus
from sandbox.api.common import W, acts_router, as_trip
from sandbox.cities import folded
from sandbox.errors import Refusal
from sandbox.trips import TripRecord
from sandbox.world import World

router = acts_router("trips")


class TripQuery(BaseModel):
    """The filters of GET /trips."""

    model_config = ConfigDict(extra="forbid")

    rider: str | None = None
    booker: str | None = None
    account: str | None = None
    phone: str | None = None
    plate: str | None = None
    plate_part: str | None = Field(None, min_length=3)
    driver: str | None = None
    order: str | None = None
    status: TripStatus | None = None
    since: AwareDatetime | None = None
    live: bool | None = None
    limit: int = Field(20, ge=1, le=100)

    def selects(self) -> bool:
        named = (
            self.rider,
            self.booker,
            self.account,
            self.phone,
            self.plate,
            self.plate_part,
            self.driver,
            self.order,
        )
        return any(value is not None for value in named)

    def fits(self, world: World, trip: TripRecord) -> bool:
        return self._fits_people(world, trip) and self._fits_car(trip) and self._fits_state(trip)

    def _fits_people(self, world: World, trip: TripRecord) -> bool:
        return (
            self.rider in (None, trip.rider_id)
            and self.booker in (None, trip.booker_id)
            and self.account in (None, trip.rider_id, trip.booker_id)
            and (self.phone is None or bool(world.phones_of(trip).intersection(phone_candidates(self.phone))))
        )

    def _fits_car(self, trip: TripRecord) -> bool:
        plate = normalise_plate(trip.driver.vehicle.plate) if trip.driver else ""
        part = normalise_plate(self.plate_part or "")
        return (
            (self.driver is None or (trip.driver is not None and trip.driver.id == self.driver))
            and (self.plate is None or bool(plate) and normalise_plate(self.plate) == plate)
            and (self.plate_part is None or len(part) >= 3 and part in plate)
        )

    def _fits_state(self, trip: TripRecord) -> bool:
        newest = trip.promised_pickup_at or trip.requested_at
        return (
            (self.order is None or folded(self.order) == folded(trip.order_no))
            and self.status in (None, trip.status)
            and self.live in (None, trip.status.live)
            and (self.since is None or max(newest, trip.requested_at) >= self.since)
        )


@router.get("/trips")
async def find_trips(world: W, query: Annotated[TripQuery, Query()]) -> TripList:
    if not query.selects():
        raise Refusal(
            400, "bad_request", "Name whose trips: rider, booker, account, phone, plate, driver or order."
        )
    found = [trip for trip in world.trips.values() if query.fits(world, trip)]
    found.sort(key=lambda trip: trip.started_at or trip.requested_at, reverse=True)
    for trip in found[: query.limit]:
        trip.touched = True
    return TripList(
        trips=[as_trip(world, trip) for trip in found[: query.limit]], more=len(found) > query.limit
    )


@router.get("/trips/{trip_id}")
async def get_trip(world: W, trip_id: str) -> TripDetail:
    return world.trip(trip_id).shown(world.now)

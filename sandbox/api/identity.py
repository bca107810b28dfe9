"""One-time codes and the two-fact confirmation."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from bot.rides.answers import CodeSent, Verified
from bot.rides.phones import mask_phone
from bot.rides.plates import same_plate
from bot.rides.schemas import Wire
from sandbox.api.common import W, acts_router
from sandbox.bodies import CodeCheck, CodeRequest, Confirmation, Facts
from sandbox.cities import folded
from sandbox.errors import Refusal
from sandbox.trips import TripRecord
from sandbox.world import Code, World

acting = acts_router("identity")
router = APIRouter(tags=["identity"])

CODE_LASTS = timedelta(minutes=10)
TRIES = 5
WINDOW = timedelta(minutes=15)
LOOKS_BACK = timedelta(days=7)
TIME_TOLERANCE = timedelta(minutes=30)
FARE_TOLERANCE = Decimal("0.5")
WORDS = {"zh": "您的验证码是 {code}，10 分钟内有效。", "en": "Your code is {code}, valid for 10 minutes."}


class TripIdOnly(Wire):
    trip_id: str


@acting.post("/codes", status_code=201)
async def send_code(world: W, body: CodeRequest) -> CodeSent:
    if (body.phone is None) == (body.trip_id is None):
        raise Refusal(400, "bad_request", "Give a phone or a trip, one of the two.")
    phone = world.known_phone(body.phone) if body.phone is not None else _phone_on_order(world, body)
    world.limit(f"code:{phone}", TRIES, WINDOW)
    code = Code(
        world.new_id("code"),
        phone,
        f"{secrets.randbelow(1_000_000):06d}",
        body.purpose,
        world.now + CODE_LASTS,
    )
    world.codes[code.id] = code
    world.note("code", phone, WORDS[body.language].format(code=code.text), code.id)
    return CodeSent(code_id=code.id, sent_to=mask_phone(phone), expires_at=code.expires_at)


def _phone_on_order(world: World, body: CodeRequest) -> str:
    trip = world.trip(body.trip_id or "")
    return trip.passenger_phone if body.to == "passenger" else world.riders[trip.booker_id].phone


@router.post("/codes/verify")
async def verify_code(world: W, body: CodeCheck) -> Verified:
    code = world.codes.get(body.code_id)
    if code is None or code.expires_at < world.now:
        raise Refusal(422, "code_expired", "The code has expired.")
    if code.spent:
        raise Refusal(422, "code_used", "The code was used.")
    if code.tries >= TRIES:
        raise Refusal(429, "rate_limited", "Too many wrong tries: send a new code.")
    if not hmac.compare_digest(code.text.encode(), body.code.strip().encode()):
        code.tries += 1
        raise Refusal(422, "code_wrong", "The code is wrong.", attempts_left=TRIES - code.tries)
    code.spent = True
    return _holder(world, code.phone)


def _holder(world: World, phone: str) -> Verified:
    rider = next((each for each in world.riders.values() if each.phone == phone), None)
    driver = next((each for each in world.drivers.values() if each.phone == phone), None)
    recent = [
        trip
        for trip in world.trips.values()
        if phone in world.phones_of(trip) and trip.requested_at > world.now - LOOKS_BACK
    ]
    recent.sort(key=lambda trip: trip.requested_at, reverse=True)
    return Verified(
        rider_id=rider.id if rider else None,
        driver_id=driver.id if driver else None,
        phone_masked=mask_phone(phone),
        trip_ids=[trip.id for trip in recent],
    )


@router.post("/trips/confirm")
async def confirm_trip(world: W, body: Confirmation) -> TripIdOnly:
    if len(body.facts.model_dump(exclude_none=True)) < 2:
        raise Refusal(400, "bad_request", "Two facts are needed.")
    world.limit(f"confirm:{body.requester}", TRIES, WINDOW)
    recent = [
        trip for trip in world.trips.values() if trip.started_at and trip.started_at > world.now - LOOKS_BACK
    ]
    scores = {trip.id: right_facts(trip, body.facts) for trip in recent}
    best = max(scores.values(), default=0)
    fitting = [trip for trip in recent if scores[trip.id] == best]
    if len(fitting) > 1 and body.facts.time is not None:
        fitting = _nearest(fitting, body.facts.time)
    if best < 2 or len(fitting) != 1:
        raise Refusal(404, "not_confirmed", "The facts do not fit one trip.")
    fitting[0].touched = True
    return TripIdOnly(trip_id=fitting[0].id)


def _nearest(trips: list[TripRecord], said: str) -> list[TripRecord]:
    """Those of the trips that lie nearest to the time said: two rides of one car may both be near it."""
    gaps = {trip.id: gap for trip in trips if (gap := _time_gap(trip, said)) is not None}
    return [trip for trip in trips if gaps.get(trip.id) == min(gaps.values(), default=None)]


def right_facts(trip: TripRecord, facts: Facts) -> int:
    """How many of the facts are right for this trip."""
    return sum(
        (
            facts.time is not None and _time_fits(trip, facts.time),
            facts.place is not None and _place_fits(trip, facts.place),
            facts.plate is not None
            and trip.driver is not None
            and same_plate(facts.plate, trip.driver.vehicle.plate),
            facts.fare is not None and _fare_fits(trip, facts.fare),
        )
    )


def _time_fits(trip: TripRecord, text: str) -> bool:
    gap = _time_gap(trip, text)
    return gap is not None and gap <= TIME_TOLERANCE


def _time_gap(trip: TripRecord, text: str) -> timedelta | None:
    """How far the time said is from pickup or drop-off, whichever is nearer; None if it is no time."""
    try:
        said = datetime.fromisoformat(text)
        said = (said if said.tzinfo else said.replace(tzinfo=ZoneInfo(trip.city.timezone))).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return min(abs(said - moment) for moment in (trip.started_at, trip.finished_at) if moment)


def _place_fits(trip: TripRecord, text: str) -> bool:
    said = folded(text)
    known = [
        folded(name or "")
        for place in (trip.pickup, trip.destination)
        for name in (place.name, place.name_en, place.address)
    ]
    return len(said) >= 2 and any(said in name for name in known)


def _fare_fits(trip: TripRecord, text: str) -> bool:
    try:
        said = Decimal(text)
    except InvalidOperation:
        return False
    return (
        said.is_finite()
        and trip.charge is not None
        and abs(said - trip.charge.total.amount) <= FARE_TOLERANCE
    )

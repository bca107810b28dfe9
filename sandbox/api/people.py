"""Accounts of riders and drivers, holds and restrictions, praise and condition reports."""

from __future__ import annotations

from fastapi import Query

from bot.rides.answers import Accepted, BlockedDrivers, Dispatch, Hold, Restrictions
from bot.rides.phones import phone_candidates
from bot.rides.plates import same_plate
from bot.rides.schemas import Driver, Rider, Wire
from sandbox.api.common import Ref, W, acts_router
from sandbox.bodies import Block, Compliment, ConditionReport, HoldBody, NewPhone, Unlock
from sandbox.errors import Refusal
from sandbox.people import DriverRecord, RiderRecord
from sandbox.world import Code, World

router = acts_router("people")


class Riders(Wire):
    riders: list[Rider]


class Drivers(Wire):
    drivers: list[Driver]


def show_rider(world: World, rider: RiderRecord) -> Rider:
    return rider.shown(bool(world.restrictions[rider.id]))


def show_driver(world: World, driver: DriverRecord) -> Driver:
    trip = world.current_trip(driver.id)
    return driver.shown(world.on_dispatch(driver.id), trip.id if trip else None)


@router.get("/riders")
async def find_riders(world: W, phone: str = Query()) -> Riders:
    meant = phone_candidates(phone)
    return Riders(riders=[show_rider(world, each) for each in world.riders.values() if each.phone in meant])


@router.get("/riders/{rider_id}")
async def get_rider(world: W, rider_id: str) -> Rider:
    return show_rider(world, world.rider(rider_id))


@router.get("/drivers")
async def find_drivers(world: W, plate: str | None = None, phone: str | None = None) -> Drivers:
    if plate is None and phone is None:
        raise Refusal(400, "bad_request", "Name a plate or a phone.")
    meant = phone_candidates(phone) if phone is not None else []
    found = [
        driver
        for driver in world.drivers.values()
        if (plate is None or same_plate(plate, driver.vehicle.plate))
        and (phone is None or driver.phone in meant)
    ]
    return Drivers(drivers=[show_driver(world, driver) for driver in found])


@router.get("/drivers/{driver_id}")
async def get_driver(world: W, driver_id: str) -> Driver:
    return show_driver(world, world.driver(driver_id))


# Holds and restrictions: one per reference


def show_dispatch(world: World, driver: DriverRecord) -> Dispatch:
    stops = [*driver.stops, *(["restricted"] if world.restrictions[driver.id] else [])]
    return Dispatch(
        driver_id=driver.id,
        on_dispatch=world.on_dispatch(driver.id),
        holds=list(world.holds[driver.id].values()),
        stops=stops,
    )


@router.get("/drivers/{driver_id}/dispatch-hold")
async def get_dispatch(world: W, driver_id: str) -> Dispatch:
    return show_dispatch(world, world.driver(driver_id))


@router.put("/drivers/{driver_id}/dispatch-hold")
async def hold_driver(world: W, driver_id: str, body: HoldBody) -> Dispatch:
    driver = world.driver(driver_id)
    world.holds[driver.id].setdefault(body.reference, _hold(world, body))
    trip = world.current_trip(driver.id)
    if trip:
        trip.touched = True  # the running trip goes on, and stays the one that the case is about
    return show_dispatch(world, driver)


@router.delete("/drivers/{driver_id}/dispatch-hold")
async def release_driver(world: W, driver_id: str, reference: Ref) -> Dispatch:
    driver = world.driver(driver_id)
    world.holds[driver.id].pop(reference, None)
    return show_dispatch(world, driver)


def _restrictions(world: World, account: RiderRecord | DriverRecord) -> Restrictions:
    kept = list(world.restrictions[account.id].values())
    return Restrictions(restricted=bool(kept), restrictions=kept)


def _hold(world: World, body: HoldBody) -> Hold:
    return Hold(reason_code=body.reason_code, reference=body.reference, since=world.now)


@router.get("/drivers/{driver_id}/restriction")
async def driver_restrictions(world: W, driver_id: str) -> Restrictions:
    return _restrictions(world, world.driver(driver_id))


@router.put("/drivers/{driver_id}/restriction")
async def restrict_driver(world: W, driver_id: str, body: HoldBody) -> Restrictions:
    driver = world.driver(driver_id)
    world.restrictions[driver.id].setdefault(body.reference, _hold(world, body))
    return _restrictions(world, driver)


@router.delete("/drivers/{driver_id}/restriction")
async def unrestrict_driver(world: W, driver_id: str, reference: Ref) -> Restrictions:
    driver = world.driver(driver_id)
    world.restrictions[driver.id].pop(reference, None)
    return _restrictions(world, driver)


@router.get("/riders/{rider_id}/restriction")
async def rider_restrictions(world: W, rider_id: str) -> Restrictions:
    return _restrictions(world, world.rider(rider_id))


@router.put("/riders/{rider_id}/restriction")
async def restrict_rider(world: W, rider_id: str, body: HoldBody) -> Restrictions:
    rider = world.rider(rider_id)
    world.restrictions[rider.id].setdefault(body.reference, _hold(world, body))
    return _restrictions(world, rider)


@router.delete("/riders/{rider_id}/restriction")
async def unrestrict_rider(world: W, rider_id: str, reference: Ref) -> Restrictions:
    rider = world.rider(rider_id)
    world.restrictions[rider.id].pop(reference, None)
    return _restrictions(world, rider)


# The rider's account


@router.get("/riders/{rider_id}/blocked-drivers")
async def blocked_drivers(world: W, rider_id: str) -> BlockedDrivers:
    return BlockedDrivers(driver_ids=world.rider(rider_id).blocked_drivers)


@router.post("/riders/{rider_id}/blocked-drivers", status_code=201)
async def block_driver(world: W, rider_id: str, body: Block) -> BlockedDrivers:
    rider, driver = world.rider(rider_id), world.driver(body.driver_id)
    if driver.id not in rider.blocked_drivers:
        rider.blocked_drivers.insert(0, driver.id)
    return BlockedDrivers(driver_ids=rider.blocked_drivers)


@router.post("/riders/{rider_id}/phone")
async def change_phone(world: W, rider_id: str, body: NewPhone) -> Rider:
    rider, phone = world.rider(rider_id), world.known_phone(body.new_phone)
    code = _verified(world, body.code_id)
    if code.purpose != "change_phone" or code.phone != phone:
        raise Refusal(422, "code_not_verified", "The code was for something else.")
    if any(each.phone == phone and each.id != rider.id for each in world.riders.values()):
        raise Refusal(409, "phone_taken", "Another account has this phone.")
    rider.phone = phone
    del world.codes[code.id]
    return show_rider(world, rider)


@router.post("/riders/{rider_id}/unlock")
async def unlock(world: W, rider_id: str, body: Unlock) -> Rider:
    rider = world.rider(rider_id)
    if world.restrictions[rider.id]:
        raise Refusal(409, "restricted", "A person has to decide first.")
    if not rider.locked:
        raise Refusal(409, "not_locked", "The account is not locked.")
    if _verified(world, body.code_id).phone != rider.phone:
        raise Refusal(422, "code_not_verified", "The code was for another phone.")
    rider.locked = False
    return show_rider(world, rider)


def _verified(world: World, code_id: str) -> Code:
    code = world.codes.get(code_id)
    if code is None or not code.spent:
        raise Refusal(422, "code_not_verified", "This code was not verified.")
    return code


@router.post("/riders/{rider_id}/sign-outs", status_code=201)
async def sign_out(world: W, rider_id: str) -> Accepted:
    rider = world.rider(rider_id)
    world.note("push", rider.id, "已在所有设备上退出登录 · Signed out on every device", rider.id)
    return Accepted(id=world.new_id("out"), at=world.now)


@router.post("/trips/{trip_id}/compliments", status_code=201)
async def compliment(world: W, trip_id: str, body: Compliment) -> Accepted:
    trip = world.trip(trip_id)
    if trip.driver is None:
        raise Refusal(409, "no_driver", "No driver is assigned.")
    world.note("push", trip.driver.id, f"♥ {body.text}", trip.id)
    return Accepted(id=world.new_id("cmp"), at=world.now)


@router.post("/trips/{trip_id}/condition-reports", status_code=201)
async def condition_report(world: W, trip_id: str, body: ConditionReport) -> Accepted:
    trip = world.trip(trip_id)
    if trip.driver is None:
        raise Refusal(409, "no_driver", "No car is assigned.")
    booked = " · inspection booked" if body.unsafe else ""
    world.note("report", trip.driver.vehicle.plate, f"{body.kind}: {body.text or '-'}{booked}", trip.id)
    return Accepted(id=world.new_id("rep"), at=world.now)

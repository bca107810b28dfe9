"""Places and quotes: they only answer, so they need no idempotency key."""

from __future__ import annotations

from decimal import Decimal

from fastapi import APIRouter, Query

from bot.rides.schemas import Place, Quote, Wire
from sandbox import fares, geo
from sandbox.api.common import W, way
from sandbox.bodies import QuoteRequest
from sandbox.cities import CITIES, find_places
from sandbox.lifecycle import APPROACH_S, free_driver
from sandbox.people import DriverRecord
from sandbox.world import World

router = APIRouter(tags=["booking"])
NEEDS = {"six_seats": 6, "standard": 4, "comfort": 4, "accessible": 4}


class Places(Wire):
    places: list[Place]


class Quotes(Wire):
    quotes: list[Quote]


@router.get("/places")
async def places(
    world: W, query: str = Query(min_length=1, max_length=200), city: str | None = None
) -> Places:
    return Places(places=find_places(query, city)[:10])


@router.post("/quotes")
async def quote(world: W, body: QuoteRequest) -> Quotes:
    home = world.rider(body.rider_id).city if body.rider_id else next(iter(CITIES))
    city, pickup, destination = way(body.pickup, body.destination, home)
    metres = geo.length_m(geo.route(pickup, destination))
    minutes = {product: _pickup_minutes(world, city, product, body.rider_id) for product in fares.PRODUCTS}
    return Quotes(
        quotes=[
            fares.quote(CITIES[city], product, metres, surge=Decimal("1.0"), pickup_minutes=minutes[product])
            for product in fares.PRODUCTS
        ]
    )


def _pickup_minutes(world: World, city: str, product: str, rider_id: str | None) -> int | None:
    """Until a car for this product is there; None if none is free."""
    options = {"wheelchair"} if product == "accessible" else set()
    driver: DriverRecord | None = free_driver(world, city, rider_id, options)
    if driver is None or (driver.vehicle.seats or 4) < NEEDS[product]:
        return None
    return APPROACH_S // 60

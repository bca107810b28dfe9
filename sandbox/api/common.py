"""What every endpoint needs: the world brought up to now, and places by name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request

from bot.rides.schemas import Place, Trip
from sandbox import geo
from sandbox.acts import ActRoute
from sandbox.bodies import PlaceInput
from sandbox.cities import CITIES, find_places
from sandbox.errors import Refusal
from sandbox.lifecycle import tick
from sandbox.trips import TripRecord
from sandbox.world import World


async def world_now(request: Request) -> World:
    """The world of this app, every trip moved on to this moment."""
    world: World = request.app.state.world
    tick(world)
    return world


W = Annotated[World, Depends(world_now)]
Ref = Annotated[str, Query(min_length=1, max_length=100)]


def acts_router(tag: str) -> APIRouter:
    return APIRouter(route_class=ActRoute, tags=[tag])


def as_trip(world: World, trip: TripRecord) -> Trip:
    """The trip without its route, as lists and acts give it."""
    return Trip.model_validate(trip.shown(world.now).model_dump())


def resolve(place: PlaceInput, city: str | None) -> Place:
    """The place meant: as given if it has coordinates, else looked up. Raises Refusal place_not_found."""
    if place.lat is not None and place.lng is not None:
        return Place(name=place.name, name_en=None, address=place.address, lat=place.lat, lng=place.lng)
    found = find_places(place.name, city)
    if not found:
        raise Refusal(422, "place_not_found", f"No place is called {place.name!r} there.")
    return found[0]


def way(start: PlaceInput, end: PlaceInput, home: str) -> tuple[str, Place, Place]:
    """City, pickup and destination; the pickup decides the city, the account's own city first."""
    for city in (home, *(code for code in CITIES if code != home)):
        given = start.lat is not None and start.lng is not None
        if given or find_places(start.name, city):
            pickup = resolve(start, city)
            nearest = nearest_city(pickup) if given else city
            return nearest, pickup, resolve(end, nearest)
    raise Refusal(422, "place_not_found", f"No place is called {start.name!r}.")


def nearest_city(place: Place) -> str:
    return min(CITIES, key=lambda code: geo.distance_m(place, CITIES[code].places[0]))

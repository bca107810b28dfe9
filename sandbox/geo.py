"""Routes and positions: pure functions on degrees (WGS 84) and metres."""

from __future__ import annotations

import math

from bot.rides.schemas import Point

EARTH_M = 6_371_000
STEPS = 48


def distance_m(one: Point, other: Point) -> float:
    """Great-circle distance (haversine)."""
    lat1, lat2 = math.radians(one.lat), math.radians(other.lat)
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(other.lng - one.lng) / 2) ** 2
    )
    return 2 * EARTH_M * math.asin(math.sqrt(half))


def length_m(points: list[Point]) -> float:
    return sum(distance_m(one, other) for one, other in zip(points, points[1:], strict=False))


def route(start: Point, end: Point, bend: float = 0.12) -> list[Point]:
    """A way from start to end with the turns of a street; `bend` is how far it swings out, as a share of
    the distance."""
    d_lat, d_lng = end.lat - start.lat, end.lng - start.lng
    shrink = math.cos(math.radians(start.lat)) or 1.0
    points = []
    for step in range(STEPS + 1):
        t = step / STEPS
        out = bend * math.sin(math.pi * t) + 0.02 * math.sin(7 * math.pi * t)
        lat = start.lat + d_lat * t + out * d_lng * shrink
        lng = start.lng + d_lng * t - out * d_lat / shrink
        points.append(Point(lat=round(lat, 6), lng=round(lng, 6)))
    return points


def along(points: list[Point], share: float) -> tuple[Point, float]:
    """The point after `share` (0 to 1) of the way, and the heading there in degrees clockwise from north."""
    left = length_m(points) * min(max(share, 0.0), 1.0)
    for one, other in zip(points, points[1:], strict=False):
        leg = distance_m(one, other)
        if left <= leg and leg > 0:
            part = left / leg
            lat = one.lat + (other.lat - one.lat) * part
            lng = one.lng + (other.lng - one.lng) * part
            return Point(lat=round(lat, 6), lng=round(lng, 6)), heading(one, other)
        left -= leg
    return points[-1], heading(points[-2], points[-1])


def heading(one: Point, other: Point) -> float:
    east = (other.lng - one.lng) * math.cos(math.radians(one.lat))
    return round(math.degrees(math.atan2(east, other.lat - one.lat)) % 360, 1)


def near(point: Point, metres: float, bearing: float) -> Point:
    """The point `metres` away in direction `bearing` (degrees)."""
    north = metres * math.cos(math.radians(bearing)) / EARTH_M
    east = metres * math.sin(math.radians(bearing)) / EARTH_M / (math.cos(math.radians(point.lat)) or 1.0)
    return Point(lat=round(point.lat + math.degrees(north), 6), lng=round(point.lng + math.degrees(east), 6))

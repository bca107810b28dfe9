"""Typed reading of what a neighbour sent: a field that is missing or of another type is nonsense, not a
default."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from actions.clients import PlatformDown


class Wire:
    """A JSON object being read. Raises PlatformDown naming the field that is wrong."""

    def __init__(self, data: Any, what: str = "answer") -> None:
        if not isinstance(data, Mapping):
            raise PlatformDown(f"{what} is not an object")
        self._data = data
        self._what = what

    def _wrong(self, key: str) -> PlatformDown:
        return PlatformDown(f"{self._what}.{key} is missing or of the wrong type")

    def has(self, key: str) -> bool:
        return self._data.get(key) is not None

    def text(self, key: str) -> str:
        value = self._data.get(key)
        if not isinstance(value, str):
            raise self._wrong(key)
        return value

    def text_or_none(self, key: str) -> str | None:
        return None if self._data.get(key) is None else self.text(key)

    def integer(self, key: str) -> int:
        value = self._data.get(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(key)
        return value

    def integer_or_none(self, key: str) -> int | None:
        return None if self._data.get(key) is None else self.integer(key)

    def number(self, key: str) -> float:
        value = self._data.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(key)
        return float(value)

    def flag(self, key: str, default: bool | None = None) -> bool:
        value = self._data.get(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key)
        return value

    def at(self, key: str) -> datetime:
        try:
            value = datetime.fromisoformat(self.text(key).replace("Z", "+00:00"))
        except ValueError:
            raise self._wrong(key) from None
        if value.tzinfo is None:
            raise self._wrong(key)
        return value.astimezone(timezone.utc)

    def at_or_none(self, key: str) -> datetime | None:
        return None if self._data.get(key) is None else self.at(key)

    def decimal(self, key: str) -> Decimal:
        try:
            value = Decimal(self.text(key))
        except InvalidOperation:
            raise self._wrong(key) from None
        if not value.is_finite():
            raise self._wrong(key)
        return value

    def part(self, key: str) -> Wire:
        return Wire(self._data.get(key), f"{self._what}.{key}")

    def part_or_none(self, key: str) -> Wire | None:
        return None if self._data.get(key) is None else self.part(key)

    def parts(self, key: str) -> list[Wire]:
        return [Wire(item, f"{self._what}.{key}[]") for item in self.items(key)]

    def items(self, key: str) -> list[Any]:
        value = self._data.get(key)
        if not isinstance(value, list):
            raise self._wrong(key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.items(key)
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(key)
        return tuple(values)

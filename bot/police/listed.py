"""The maintained list (data/police.yml): the numbers on which a city's police are called back, and its regulator."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.kit.data import read_yaml
from bot.settings import settings

_FEWEST_DIGITS = 2  # "17" in France


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Both(_Strict):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_(self, locale: str) -> str:
        """The words in a language."""
        return self.zh if locale == "zh" else self.en


class Listed(_Strict):
    """verified_on: the day the company last called it and reached the police; None: not yet."""

    number: str
    kind: Literal["switchboard", "non_emergency", "emergency"]
    name: Both
    verified_on: date | None

    @model_validator(mode="after")
    def _callable(self) -> Listed:
        if len(digits(self.number)) < _FEWEST_DIGITS or not re.fullmatch(r"\+?[\d ]+", self.number):
            raise ValueError(f"{self.number!r} is no telephone number: write digits and spaces")
        return self


class CityPolice(_Strict):
    numbers: list[Listed] = Field(min_length=1)
    regulator: Both

    @model_validator(mode="after")
    def _each_once(self) -> CityPolice:
        if len({digits(one.number) for one in self.numbers}) < len(self.numbers):
            raise ValueError("a number stands twice")
        return self


class _File(_Strict):
    cities: dict[str, CityPolice]


def digits(number: str) -> str:
    """What is dialled: the digits alone, half width."""
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", number))


def load(path: Path) -> dict[str, CityPolice]:
    """Read and check the list. Raises ValueError whose sentences name what is wrong: a city of cities.yml without police, a
    city that cities.yml does not know, a number that is none, a day that is yet to come."""
    read = _File.model_validate(read_yaml(path)).cities
    known = set(read_yaml(path.parent / "cities.yml"))
    wrong = [f"{slug} of cities.yml has no police number: add it" for slug in sorted(known - set(read))]
    wrong += [f"{slug} is no city of cities.yml: correct its name" for slug in sorted(set(read) - known)]
    today = date.today()
    for slug, city in read.items():
        late = [one.number for one in city.numbers if one.verified_on is not None and one.verified_on > today]
        wrong += [f"{slug}: {number} is verified on a day that is yet to come" for number in late]
    if wrong:
        raise ValueError("; ".join(wrong))
    return read


@lru_cache(maxsize=1)
def cities() -> dict[str, CityPolice]:
    """The list in force, read once, by city."""
    return load(settings().data / "police.yml")


def is_listed(slug: str, number: str) -> bool:
    """Whether `number` is one of the city's listed numbers, however it is spaced."""
    city = cities().get(slug)
    return city is not None and digits(number) in {digits(one.number) for one in city.numbers}


@lru_cache(maxsize=1)
def names() -> dict[str, Both]:
    """The cities that an officer may choose, by slug (data/cities.yml)."""
    read = read_yaml(settings().data / "cities.yml")
    return {slug: Both(zh=one["zh"], en=one["en"]) for slug, one in read.items()}

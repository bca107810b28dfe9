"""Wire types of police requests. Times are aware; everything a person types is bounded."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

Need = Literal["trip", "driver", "vehicle", "route", "positions", "contacts"]
NEEDS: tuple[Need, ...] = ("trip", "driver", "vehicle", "route", "positions", "contacts")
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Filled = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Facts(_Wire):
    """What is known of an officer and of what they ask about; sealed in the table. order: the trip's order number."""

    unit: Line = ""
    officer: Line = ""
    badge: Line = ""
    phone: Line = ""
    other_city: Line = ""
    plate: Line = ""
    order: Line = ""
    person_phone: Line = ""
    passenger: Line = ""
    happened_at: AwareDatetime | None = None
    note: Text = ""


class Filing(Facts):
    """The form. client_id: the page's own random id, so that sending it again is the same request; city: a slug of
    data/cities.yml, or "other"; reference: that of an earlier request of this officer's on the same matter."""

    client_id: str = Field(min_length=16, max_length=100)
    city: str = Field(max_length=40)
    unit: Filled
    officer: Filled
    phone: Filled
    needs: list[Need] = Field(min_length=1, max_length=len(NEEDS))
    danger: bool = False
    reference: Line = ""


class FactsChange(_Wire):
    """What staff adds or corrects; what is left out stays."""

    city: str | None = Field(default=None, max_length=40)
    needs: list[Need] | None = Field(default=None, min_length=1, max_length=len(NEEDS))
    unit: Line | None = None
    officer: Line | None = None
    badge: Line | None = None
    phone: Line | None = None
    plate: Line | None = None
    order: Line | None = None
    person_phone: Line | None = None
    passenger: Line | None = None
    happened_at: AwareDatetime | None = None
    note: Text | None = None


class Check(_Wire):
    """A call-back. reference_confirmed: the station had the officer confirm our reference, which is what ties this request to
    them. source: where an unlisted number was found; only for a city without a list."""

    number: Filled
    answered_by: Line = ""
    outcome: Literal["confirmed", "not_known", "no_answer"]
    reference_confirmed: bool = False
    source: Line = ""
    note: Text = ""


class Reason(_Wire):
    reason: Text = ""


class Fetch(_Wire):
    """link: the secret of a one-time link."""

    link: str = Field(min_length=20, max_length=200)


class LinkWanted(_Wire):
    format: Literal["pdf", "json"]

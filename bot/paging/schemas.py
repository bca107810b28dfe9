"""Values of paging: who is on call, hours without anybody, health; and the wire types of the rota."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.kit.now import iso

Days = list[Annotated[int, Field(ge=0, le=6)]]


@dataclass(frozen=True)
class OnCall:
    """A member of staff on duty for a team. until: when the turn ends, if it ends within the week."""

    staff_id: str
    name: str
    team: str
    locale: str
    until: datetime | None = None

    def wire(self) -> dict[str, str | None]:
        return {"id": self.staff_id, "name": self.name, "team": self.team, "until": iso(self.until)}


@dataclass(frozen=True)
class Gap:
    """Hours [start, end) in which a team that must never be empty has nobody."""

    team: str
    start: datetime
    end: datetime

    def wire(self) -> dict[str, str | None]:
        return {"team": self.team, "start": iso(self.start), "end": iso(self.end)}


@dataclass(frozen=True)
class Health:
    """Whether pages can get out. ok: false makes /readyz fail; words: sentences (English) for /readyz and the
    log."""

    ok: bool
    words: list[str]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ShiftBody(_Strict):
    """A weekly turn. days: 0 is Monday; start: local wall clock HH:MM; end: HH:MM up to 24:00, on the next
    day when it is not after `start`; zone: an IANA name such as Asia/Shanghai."""

    team: str
    staff_id: str
    days: Days = Field(min_length=1)
    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    end: str = Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")
    zone: str


class RotaBody(_Strict):
    """The whole weekly rota; `version` is the one it was made from."""

    version: int
    shifts: list[ShiftBody]


class OverrideBody(_Strict):
    """A dated change: `replaces_id` off, `staff_id` on, at least one of them."""

    team: str
    starts: AwareDatetime
    ends: AwareDatetime
    staff_id: str | None = None
    replaces_id: str | None = None
    reason: str = Field(min_length=1, max_length=500)


class HandoverBody(_Strict):
    """The person on duty gives the rest of the turn to `staff_id`."""

    team: str
    staff_id: str
    reason: str = Field(default="", max_length=500)


class ChannelsBody(_Strict):
    """Apprise addresses in the order in which they are tried."""

    addresses: list[Annotated[str, Field(min_length=1, max_length=2000)]] = Field(max_length=8)


class FileShift(_Strict):
    """A turn in data/rota.yml: for one person by e-mail, or for everybody with a role."""

    team: str
    person: str | None = None
    role: str | None = None
    days: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] | Literal["all"] = "all"
    start: str = Field(default="00:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    end: str = Field(default="24:00", pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")


class RotaFile(_Strict):
    """data/rota.yml: one time zone and its weekly turns."""

    zone: str
    shifts: list[FileShift]

"""Wire types of the chat doors."""

from __future__ import annotations

from math import isfinite
from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

# What a sequence number may be on both databases.
LAST_SEQ = 2**31 - 1


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class NewSession(_Wire):
    locale: str | None = Field(default=None, max_length=35)
    channel: str | None = Field(default=None, max_length=40, pattern=r"^[a-z0-9_-]+$")


class Location(_Wire):
    """A position in degrees (WGS 84); accuracy in metres."""

    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)
    accuracy_m: float | None = Field(None, ge=0)
    at: str | None = Field(None, max_length=40)

    @field_validator("accuracy_m", mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        """An accuracy without end says no more than none, and PostgreSQL keeps no such number."""
        return None if isinstance(value, float) and not isfinite(value) else value


class NewMessage(_Wire):
    """The limit on `text` is the policy's and answered in words, so it is not repeated here."""

    client_id: str = Field(min_length=1, max_length=100)
    text: str = ""
    payload: str | None = Field(None, max_length=1000)
    location: Location | None = None

    @field_validator("text", mode="before")
    @classmethod
    def _unsaid(cls, value: Any) -> Any:
        """A tap or a position needs no words, however they are left out."""
        return "" if value is None else value

    @field_validator("location", mode="wrap")
    @classmethod
    def _words_come_first(
        cls, value: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Location | None:
        """A position that makes no sense is left out where there are words or a tap: a cry is not refused for it."""
        try:
            found: Location | None = read(value)
        except ValidationError:
            if (info.data.get("text") or "").strip() or info.data.get("payload"):
                return None
            raise
        return found


class Seen(_Wire):
    seq: int = Field(ge=0, le=LAST_SEQ)


class SessionOpened(BaseModel):
    session_id: str
    token: str
    locale: str
    conversation: dict[str, Any]


class Acknowledged(BaseModel):
    id: str
    seq: int
    conversation: dict[str, Any]


class Messages(BaseModel):
    messages: list[dict[str, Any]]

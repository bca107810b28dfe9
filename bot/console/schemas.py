"""Wire types of the console's commands."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.policy import Grade

# Whom a conversation can be handed to: the teams of the policy, and the tiers of its routing.
HandTo = Literal["support", "senior", "expert", "safety", "liaison", "supervisor"]
# What is written down of a call to emergency services, beside the service.
CallFact = Literal["station", "officer", "number"]
CALL_FACTS: tuple[CallFact, ...] = ("station", "officer", "number")
# What is read at all; what may be said or noted is the policy's (limits.message_characters).
_READ = 60_000


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Reply(_Wire):
    """seen_seq: the last sequence number that the agent's page has shown; macros: those it was written from; despite: keys of
    the concerns that were shown and are overruled, why: for what reason. A text over the limit is refused in words."""

    client_id: str = Field(min_length=1, max_length=100)
    text: str = Field(min_length=1, max_length=_READ)
    seen_seq: int = Field(ge=0)
    promise_at: datetime | None = None
    macros: list[str] = Field(default_factory=list, max_length=20)
    despite: list[str] = Field(default_factory=list, max_length=100)
    why: str = Field("", max_length=2000)


class Acceptance(_Wire):
    """take_over: a supervisor was asked and means to take it from the colleague who holds it."""

    take_over: bool = False


class NoteText(_Wire):
    text: str = Field(min_length=1, max_length=_READ)


class Reason(_Wire):
    reason: str = Field("", max_length=2000)


class _Seen(_Wire):
    """seen_seq: the last sequence number that the page has shown: what was said after it forbids lowering or ending."""

    seen_seq: int | None = Field(None, ge=0)


class Ending(_Seen):
    reason: str = Field("", max_length=2000)


class Escalation(_Wire):
    """conduct: whether it is about the driver's conduct or fitness; None leaves it as the case has it."""

    grade: Grade | None = None
    team: HandTo | None = None
    reason: str = Field("", max_length=2000)
    conduct: bool | None = None


class Lowering(_Seen):
    grade: Grade
    reason: str = Field(max_length=2000)


class Resolution(_Seen):
    code: str
    reason: str = Field(max_length=2000)


class EmergencyCall(_Wire):
    """decision `called` needs the service and each of CALL_FACTS, given or named in not_given; `not_called` the reason."""

    decision: Literal["called", "not_called"]
    service: Literal["police", "ambulance", "fire", "traffic", "crisis"] | None = None
    station: str | None = Field(None, max_length=200)
    officer: str | None = Field(None, max_length=200)
    number: str | None = Field(None, max_length=100)
    reason: str | None = Field(None, max_length=2000)
    not_given: list[CallFact] = Field(default_factory=list, max_length=3)


class PlanText(_Wire):
    text: str = Field(max_length=2000)


class RefundAsked(_Wire):
    """amount in the currency's main unit, as a decimal string. client_id: the page's own id of one opening of its
    dialog; the same again is the same refund."""

    client_id: str | None = Field(None, min_length=1, max_length=100)
    amount: str = Field(pattern=r"^\d{1,7}(\.\d{1,2})?$")
    currency: str = Field(pattern="^[A-Z]{3}$")
    reason: str = Field(min_length=1, max_length=500)


class ReadUpTo(_Wire):
    seq: int = Field(ge=0)


class TypingState(_Wire):
    on: bool

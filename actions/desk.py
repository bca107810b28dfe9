"""The desk's internal door as typed calls. A claim to a person follows a record here, never comes before it.

All raise DeskDown when the desk gives no usable answer, and PlatformRefused when it says no.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from actions.clients import DeskDown, Http, PlatformDown
from actions.settings import settings
from actions.wire import Wire


@dataclass(frozen=True)
class Address:
    """Which conversation, which message, which action: together the idempotency key of what is asked of
    the desk."""

    conversation: str
    message_id: str
    action: str


@dataclass(frozen=True)
class OpenedCase:
    """due_at: when a person looks, as scheduled by the desk; the only time that may be promised."""

    reference: str
    due_at: datetime | None
    holder: str


@dataclass(frozen=True)
class HandedOver:
    holder: str
    position: int | None
    open_now: bool
    opens_at: datetime | None


@dataclass(frozen=True)
class KnownCase:
    reference: str
    kind: str
    grade: str
    state: str
    accepted_by: str | None
    next_update_at: datetime | None


class Desk:
    """What the assistant asks of the desk."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def _post(self, to: Address, door: str, step: str = "", **body: Any) -> Wire:
        """step: tells several calls of one action apart, so that the second is not taken for a repeat
        of the first."""
        path = f"/internal/conversations/{to.conversation}/{door}"
        sent = {"message_id": to.message_id, "action": f"{to.action}:{step}" if step else to.action, **body}
        return Wire(await self._http.call("POST", path, body=sent), door)

    async def open_incident(
        self, to: Address, *, intent: str, grade: str | None, text: str, language: str
    ) -> list[str]:
        """What to say where the channel is not the desk's own. The incident is stored and people are
        paged."""
        body = {"intent": intent, "text": text, "language": language, **({"grade": grade} if grade else {})}
        with _desk_nonsense():
            return list((await self._post(to, "incidents", **body)).texts("texts"))

    async def open_case(
        self,
        to: Address,
        *,
        kind: str,
        grade: str,
        title: str,
        evidence: Mapping[str, Any],
        reasons: Sequence[str],
        hand_over: bool,
        language: str,
    ) -> OpenedCase:
        """kind: an intent; reasons: names of modifiers in data/policy.yml."""
        body = {
            "kind": kind,
            "grade": grade,
            "title": title,
            "evidence": dict(evidence),
            "reasons": list(reasons),
        }
        with _desk_nonsense():
            wire = await self._post(to, "cases", "case", **body, hand_over=hand_over, language=language)
            return OpenedCase(wire.text("reference"), wire.at_or_none("due_at"), wire.text("holder"))

    async def hand_over(self, to: Address, *, reason: str, language: str) -> HandedOver:
        """reason: asked, not_understood, repeated, platform_down or other."""
        with _desk_nonsense():
            wire = await self._post(to, "hand-over", reason=reason, language=language)
            place = wire.integer_or_none("position")
            return HandedOver(wire.text("holder"), place, wire.flag("open_now"), wire.at_or_none("opens_at"))

    async def record_identity(
        self, to: Address, *, method: str, rider_id: str | None, trip_id: str, callback_phone: str | None
    ) -> None:
        """method: code or two_facts."""
        body = {"method": method, "rider_id": rider_id, "trip_id": trip_id, "callback_phone": callback_phone}
        await self._post(
            to, "identity", "identity", **{name: value for name, value in body.items() if value is not None}
        )

    async def watch(
        self,
        to: Address,
        *,
        kind: str,
        ref: str,
        trip_id: str,
        answer_due_s: int | None = None,
        item: str | None = None,
        essential: bool | None = None,
    ) -> datetime | None:
        """The desk follows a lost_item or a trip and tells the passenger unasked. Returns when a
        person looks, if ever."""
        body = {"kind": kind, "ref": ref, "trip_id": trip_id}
        more = {"answer_due_s": answer_due_s, "item": item, "essential": essential}
        with _desk_nonsense():
            given = {name: value for name, value in more.items() if value is not None}
            return (await self._post(to, "watches", "watch", **body, **given)).at_or_none("due_at")

    async def cases(self, conversation: str) -> list[KnownCase]:
        with _desk_nonsense():
            wire = Wire(
                await self._http.call("GET", f"/internal/conversations/{conversation}/cases"), "cases"
            )
            return [_known(part) for part in wire.parts("cases")]

    async def record_act(self, to: Address, act: str, details: Mapping[str, Any]) -> None:
        """Writes an act of the assistant into the timeline."""
        await self._post(to, "acts", act, act=act, details=dict(details))


def _known(wire: Wire) -> KnownCase:
    names = wire.text("reference"), wire.text("kind"), wire.text("grade"), wire.text("state")
    return KnownCase(*names, wire.text_or_none("accepted_by"), wire.at_or_none("next_update_at"))


class _desk_nonsense:
    """Nonsense read from the desk is the desk's fault, not the platform's."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, PlatformDown):
            raise DeskDown(str(error)) from error


@lru_cache(maxsize=1)
def desk() -> Desk:
    """The process's one client of the desk."""
    held = settings()
    return Desk(Http(held.internal_url, {"X-Vigil-Secret": held.internal_secret}, DeskDown))

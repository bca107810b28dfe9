"""Plays the story of August 2018 through the public doors, and looks at what the friend, the officer and the platform can see
from outside. All words begin with a mark that says it is a rehearsal; the cases stay in the desk until people end them."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import httpx

from bot.kit.locale import say
from bot.rehearsal.score import Score, limits
from bot.settings import Settings

# The friend's reports as the press told them: minutes after the first, between 15:42 and 18:13 that day.
REPORTS_AT_MIN = (0.0, 10.0, 24.0, 48.0, 72.0, 96.0, 115.0)
POLICE_AT_MIN = (60.0, 80.0, 92.0)
_LOOK_EVERY_S = 0.5
_REQUEST_S = 30.0


class Refused(Exception):
    """The rehearsal cannot be played; the text says why and what to do."""


class Rehearsal:
    """One performance against a running desk. faster: minutes of the story pass that many times faster."""

    def __init__(self, chosen: Settings, locale: str, faster: float, tell: Any = print) -> None:
        self._settings, self._locale, self._faster, self._tell = chosen, locale, faster, tell
        self.score = Score(limits())
        self._began = 0.0
        self._unseen: dict[str, str] = {}  # at whom a look fails now, and why
        self._missed = 0

    async def play(self, trip_id: str, watch_s: float) -> Score:
        """Play the story about a trip that is under way, and watch until all is reached or `watch_s` seconds have passed since
        the last report. Raises Refused when the desk or the trip is not there."""
        async with (
            self._client(self._settings.public_url) as yesterday,
            self._client(self._settings.public_url) as friend,
            self._client(self._settings.public_url) as officer,
            self._client(
                self._settings.ride_platform_url, **{"X-Platform-Key": self._settings.ride_platform_key}
            ) as platform,
        ):
            trip = await self._trip(platform, trip_id)
            plate, driver = trip["vehicle"]["plate"], trip["driver"]["id"]
            await self._sign_on(yesterday)
            await self._send(yesterday, self._words("yesterday", plate=plate))
            await self._sign_on(friend)
            self._began = time.monotonic()
            watching = asyncio.create_task(self._watch(friend, officer, platform, driver))
            try:
                await asyncio.gather(self._reports(friend, plate), self._police(officer, plate))
                await asyncio.wait({watching}, timeout=watch_s)
                if watching.done():
                    watching.result()
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
        return self.score

    def _client(self, url: str, **headers: str) -> httpx.AsyncClient:
        spoken = {"Accept-Language": self._locale, **headers}
        return httpx.AsyncClient(base_url=url, timeout=_REQUEST_S, trust_env=False, headers=spoken)

    def _words(self, key: str, **values: str) -> str:
        return say("rehearse.mark", self._locale) + say(f"rehearse.{key}", self._locale, **values)

    async def _trip(self, platform: httpx.AsyncClient, trip_id: str) -> dict[str, Any]:
        answer = await platform.get(f"/trips/{trip_id}")
        if answer.status_code == 404:
            raise Refused(f"The platform knows no trip {trip_id}: name one that is under way with --trip.")
        trip: dict[str, Any] = answer.raise_for_status().json()
        if trip.get("driver") is None or trip.get("vehicle") is None:
            raise Refused(f"Trip {trip_id} has no driver: name one that is under way with --trip.")
        return trip

    async def _sign_on(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            "/api/chat/sessions", json={"locale": self._locale, "channel": "rehearsal"}
        )
        client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['token']}"

    async def _send(self, client: httpx.AsyncClient, text: str) -> dict[str, Any]:
        body = {"client_id": uuid.uuid4().hex, "text": text}
        answer = await client.post("/api/chat/messages", json=body)
        state: dict[str, Any] = answer.raise_for_status().json()["conversation"]
        return state

    async def _reports(self, friend: httpx.AsyncClient, plate: str) -> None:
        """The friend's seven reports; the second must show the reference of the first."""
        first = None
        for number, minute in enumerate(REPORTS_AT_MIN, start=1):
            await self._until(minute)
            sent = time.monotonic()
            state = await self._send(friend, self._words(f"friend.{number}", plate=plate))
            self._log(say("rehearse.log.report", self._locale, n=number))
            reference = (state.get("incident") or {}).get("reference")
            if number == 1:
                first = reference
                self._reach("first_reply", time.monotonic() - sent)
            elif reference is not None and reference == first:
                self._reach("joined", time.monotonic() - sent)

    async def _police(self, officer: httpx.AsyncClient, plate: str) -> None:
        for minute in POLICE_AT_MIN:
            await self._until(minute)
            body = {
                "client_id": uuid.uuid4().hex, "city": "hangzhou", "unit": self._words("unit"),
                "officer": self._words("officer"), "phone": "+8657700000000", "danger": True,
                "needs": ["trip", "driver", "vehicle", "route", "positions"],
                "plate": plate, "note": self._words("police"),
            }  # fmt: skip
            answer = (await officer.post("/api/police/requests", json=body)).raise_for_status().json()
            if "Authorization" not in officer.headers:
                officer.headers["Authorization"] = f"Bearer {answer['token']}"
                self._asked = time.monotonic()
            self._log(say("rehearse.log.police", self._locale, reference=answer["reference"]))

    async def _until(self, minute: float) -> None:
        await asyncio.sleep(max(0.0, self._began + minute * 60 / self._faster - time.monotonic()))

    async def _watch(
        self, friend: httpx.AsyncClient, officer: httpx.AsyncClient, platform: httpx.AsyncClient, driver: str
    ) -> None:
        """What the friend, the officer and the platform can see, looked at until all is reached. A look that fails is told,
        and the next one is made: a case lasts longer than a dropped connection."""
        looks: dict[str, Callable[[], Awaitable[None]]] = {
            "friend": lambda: self._as_friend(friend),
            "platform": lambda: self._at_platform(platform, driver),
            "officer": lambda: self._as_officer(officer),
        }
        while not self.score.complete:
            for name, look in looks.items():
                try:
                    await look()
                    self._unseen.pop(name, None)
                except (httpx.HTTPError, ValueError) as problem:
                    self._not_seen(name, str(problem) or type(problem).__name__)
            await asyncio.sleep(_LOOK_EVERY_S)

    def _not_seen(self, name: str, why: str) -> None:
        self._missed += 1
        if name not in self._unseen:
            self._log(say("rehearse.log.unseen", self._locale, where=self._where(name), why=why))
        self._unseen[name] = why

    def _where(self, name: str) -> str:
        return say(f"rehearse.where.{name}", self._locale)

    async def _as_friend(self, friend: httpx.AsyncClient) -> None:
        since = time.monotonic() - self._began
        state = (await friend.get("/api/chat/conversation")).raise_for_status().json()
        messages = (await friend.get("/api/chat/messages")).raise_for_status().json()["messages"]
        informed = say("rehearse.informed", self._locale)
        seen = {
            "accepted": bool((state.get("incident") or {}).get("accepted_by")),
            "human_words": any(one["author"] == "staff" for one in messages),
            "emergency_call": any(one["author"] == "system" and informed in one["text"] for one in messages),
        }
        for name in (name for name, is_so in seen.items() if is_so):
            self._reach(name, since)

    async def _at_platform(self, platform: httpx.AsyncClient, driver: str) -> None:
        since = time.monotonic() - self._began
        dispatch = (await platform.get(f"/drivers/{driver}/dispatch-hold")).raise_for_status().json()
        if not dispatch["on_dispatch"]:
            self._reach("driver_stopped", since)

    async def _as_officer(self, officer: httpx.AsyncClient) -> None:
        if "Authorization" not in officer.headers:
            return
        since = time.monotonic() - self._asked
        status = (await officer.get("/api/police/status")).raise_for_status().json()
        if status["pack"] or status["refusal"]:
            self._reach("police_answered", since)

    def _reach(self, name: str, seconds: float) -> None:
        if self.score.note(name, seconds):
            self._log(say("rehearse.log.reached", self._locale, what=self._name(name), s=f"{seconds:.1f}"))

    def _name(self, name: str) -> str:
        return say(f"rehearse.score.{name}", self._locale)

    def _log(self, text: str) -> None:
        self._tell(f"{time.monotonic() - self._began:7.1f} s  {text}", flush=True)

    def report(self, at: datetime) -> str:
        """One page in Markdown: what was reached when, against its clock."""
        lines = [f"# {say('rehearse.title', self._locale)} {at:%Y-%m-%d %H:%M} UTC", ""]
        lines += [say("rehearse.columns", self._locale), "|---|---|---|---|"]
        for name, seconds, limit, met in self.score.rows():
            shown = say("rehearse.never", self._locale) if seconds is None else f"{seconds:.1f} s"
            lines.append(f"| {self._name(name)} | {shown} | {limit:.0f} s | {'✓' if met else '✗'} |")
        reached = sum(row[-1] for row in self.score.rows())
        lines += ["", say("rehearse.sum", self._locale, met=reached, of=len(self.score.limits)), ""]
        if self._missed:
            lines += [say("rehearse.missed", self._locale, n=self._missed), ""]
        for name, why in self._unseen.items():
            lines += [say("rehearse.unseen", self._locale, where=self._where(name), why=why), ""]
        return "\n".join(lines)

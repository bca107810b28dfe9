"""A photo that a message shows is there, whatever befell whoever stored it; and what is refused is refused for its reason."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from bot.kit.publishing import Event, Publisher
from bot.policy import policy
from bot.settings import ROOT
from tests.attachments import samples
from tests.attachments.conftest import bearer, messages, open_session, send_file


async def test_a_photo_stays_when_its_sender_is_broken_off_after_the_commit(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await open_session(http)
    publish, broken_off = Publisher.publish, []

    async def once(self: Publisher, events: Sequence[Event]) -> None:
        if any(one.topic == "conversation.message" for one in events) and not broken_off:
            broken_off.append(True)
            raise asyncio.CancelledError  # as a server does that must stop
        await publish(self, events)

    monkeypatch.setattr(Publisher, "publish", once)
    with contextlib.suppress(httpx.HTTPError):
        await send_file(http, session, samples.photo())
    assert broken_off and (await send_file(http, session, samples.photo())).status_code == 200
    shown = next(one["attachment"] for one in await messages(http, session) if one.get("attachment"))
    answer = await http.get(f"/api/chat/attachments/{shown['id']}", headers=bearer(session))
    assert answer.status_code == 200 and answer.content.startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("colour", "found"),
    [
        ((255, 0, 0), {"width": 2560, "height": 1920}),
        ((255, 0, 0, 9), {"refused": "attachment_too_big_to_open"}),
    ],
)
def test_a_large_photo_within_the_limit_is_taken_or_refused_for_what_it_is(
    tmp_path: Path, colour: tuple[int, ...], found: dict[str, Any]
) -> None:
    """48 million pixels where 50 are allowed: as WebP with transparency they do not fit in the memory of the look."""
    Image.new("RGBA" if colour[3:] else "RGB", (8000, 6000), colour).save(
        tmp_path / "sent", "WEBP", quality=10, method=0
    )
    limits = json.dumps({"photo_pixels": 50_000_000, "photo_side": 2560, "voice_s": 120})
    asked = [
        sys.executable,
        "-m",
        "bot.attachments.decode",
        str(tmp_path / "sent"),
        str(tmp_path / "clean"),
        limits,
    ]
    said = json.loads(subprocess.run(asked, capture_output=True, check=True, cwd=ROOT).stdout)
    assert {name: said.get(name) for name in found} == found


async def test_too_many_files_are_told_how_long_it_takes(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = policy().rates.model_copy(update={"attachments_per_session": "1/10 minutes"})
    changed = policy().model_copy(update={"rates": few})
    monkeypatch.setattr("bot.chat.rates.policy", lambda: changed)
    session = await open_session(http)
    await send_file(http, session, samples.photo())
    error = (await send_file(http, session, samples.photo(), client_id="2")).json()["error"]
    assert error["code"] == "too_many" and "within 10 minutes" in error["message"]


async def test_wrong_files_do_not_stand_in_the_way_of_the_right_one_and_are_not_looked_at_without_end(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = {"attachments_per_session": "1/10 minutes", "tries_per_session": "4/10 minutes"}
    few = policy().rates.model_copy(update=rates)
    changed = policy().model_copy(update={"rates": few})
    monkeypatch.setattr("bot.chat.rates.policy", lambda: changed)
    patient, other = [await open_session(http) for _ in range(2)]
    sent = [b"no picture"] * 3 + [samples.photo()]
    answers = [await send_file(http, patient, one, client_id=str(n)) for n, one in enumerate(sent)]
    assert [one.status_code for one in answers] == [422, 422, 422, 202]
    answers = [await send_file(http, other, b"no picture", client_id=str(n)) for n in range(5)]
    assert [one.status_code for one in answers] == [422] * 4 + [429]

"""Photos and voice notes through the real door: what is taken, what it becomes, who gets it back, what is refused."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import structlog
from PIL import Image
from sqlalchemy import select

from bot.app import Desk
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.incidents import store as case_store
from bot.kit import vault
from bot.kit.outbox import deliver_waiting
from tests.attachments import samples
from tests.attachments.conftest import bearer, messages, open_session, send_file


async def _conversation(desk: Desk, message_id: str) -> Conversation:
    async with desk.database.reading() as session:
        message = await session.get_one(Message, message_id)
        return await session.get_one(Conversation, message.conversation_id)


async def _goes_on_a_trip(desk: Desk, http: httpx.AsyncClient, said: dict[str, object]) -> str:
    """The conversation of a first word, from now on on a live trip; its id."""
    body = {"client_id": "first", "text": "where is my receipt"}
    answer = await http.post("/api/chat/messages", json=body, headers=bearer(said))
    conversation_id = (await _conversation(desk, answer.json()["id"])).id
    async with desk.database.unit_of_work() as uow:
        (await conversations.lock(uow, conversation_id)).trip_live = True
    return conversation_id


def _files(folder: Path) -> list[Path]:
    return [one for one in (folder / "attachments").rglob("*") if one.is_file()]


class TestTaken:
    @pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
    async def test_a_photo_comes_back_without_what_it_told_of_its_sender(
        self, http: httpx.AsyncClient, form: str
    ) -> None:
        session = await open_session(http)
        answer = await send_file(http, session, samples.photo(form=form), text="the seat was torn")
        assert answer.status_code == 202
        said = next(one for one in await messages(http, session) if one["author"] == "reporter")
        assert said["text"] == "the seat was torn"
        shown = said["attachment"]
        assert (shown["kind"], shown["width"], shown["height"]) == ("photo", 320, 240)
        got = await http.get(f"/api/chat/attachments/{shown['id']}", headers=bearer(session))
        assert got.headers["content-type"] == "image/jpeg"
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-security-policy"].startswith("sandbox")
        assert got.headers["content-disposition"].startswith("attachment;")
        assert samples.tags_of(got.content)["exif"] == {}
        assert b"Secret" not in got.content and len(got.content) == shown["size"]
        assert Image.open(io.BytesIO(got.content)).getpixel((10, 10))[0] > 180  # type: ignore[index]

    async def test_a_photo_taken_sideways_stands_upright(self, http: httpx.AsyncClient) -> None:
        session = await open_session(http)
        await send_file(http, session, samples.photo(rotated=True))
        shown = (await messages(http, session))[0]["attachment"]
        assert (shown["width"], shown["height"]) == (240, 320)

    @pytest.mark.parametrize(
        ("container", "codec", "media"), [("webm", "libopus", "audio/webm"), ("mp4", "aac", "audio/mp4")]
    )
    async def test_a_voice_note_comes_back_with_its_length_and_goes_to_a_person(
        self, http: httpx.AsyncClient, container: str, codec: str, media: str
    ) -> None:
        session = await open_session(http, "zh")
        answer = await send_file(http, session, samples.voice(container=container, codec=codec))
        assert answer.json()["conversation"]["holder"] == "queue"
        said = await messages(http, session)
        assert said[0]["text"] == "［语音］" and "转接人工" in said[1]["text"]
        shown = said[0]["attachment"]
        assert shown["media_type"] == media and 1.8 <= shown["duration_s"] <= 2.2
        got = await http.get(f"/api/chat/attachments/{shown['id']}", headers=bearer(session))
        assert got.headers["content-type"] == media and b"SecretTitle" not in got.content

    @pytest.mark.parametrize(
        ("asked", "status", "first", "last"),
        [
            ("bytes=0-1", 206, 0, 1),
            ("bytes=100-", 206, 100, -1),
            ("bytes=-50", 206, -50, -1),
            ("bytes=10-99999999", 206, 10, -1),
            ("bytes=-99999999", 206, 0, -1),
            ("bytes=0-1,5-6", 200, 0, -1),
            ("bytes=9-3", 200, 0, -1),
            ("bytes=" + "9" * 5_000 + "-", 200, 0, -1),
            ("lines=1-2", 200, 0, -1),
            ("bytes=99999999-", 416, 0, 0),
            ("bytes=-0", 416, 0, 0),
        ],
    )
    async def test_a_player_gets_the_part_that_it_asks_for(
        self, http: httpx.AsyncClient, asked: str, status: int, first: int, last: int
    ) -> None:
        session = await open_session(http)
        await send_file(http, session, samples.voice(container="mp4", codec="aac"))
        address = f"/api/chat/attachments/{(await messages(http, session))[0]['attachment']['id']}"
        whole = await http.get(address, headers=bearer(session))
        size = len(whole.content)
        assert (whole.status_code, whole.headers["accept-ranges"]) == (200, "bytes")
        got = await http.get(address, headers=bearer(session) | {"Range": asked})
        assert got.status_code == status
        if status == 416:
            assert got.headers["content-range"] == f"bytes */{size}" and got.content == b""
            return
        begin, end = first % size, last % size
        assert got.content == whole.content[begin : end + 1]
        assert got.headers["content-length"] == str(end + 1 - begin)
        assert got.headers.get("content-range") == (f"bytes {begin}-{end}/{size}" if status == 206 else None)
        assert got.headers["cache-control"] == "private, no-store"

    async def test_a_part_of_a_version_that_nobody_named_is_the_whole(self, http: httpx.AsyncClient) -> None:
        session = await open_session(http)
        await send_file(http, session, samples.photo())
        address = f"/api/chat/attachments/{(await messages(http, session))[0]['attachment']['id']}"
        headers = bearer(session) | {"Range": "bytes=0-1", "If-Range": '"another"'}
        assert (await http.get(address, headers=headers)).status_code == 200

    async def test_the_same_upload_twice_is_one_message_and_one_file(
        self, http: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        session = await open_session(http)
        picture = samples.photo()
        both = await asyncio.gather(*(send_file(http, session, picture, text="look") for _ in range(2)))
        assert sorted(one.status_code for one in both) == [200, 202]
        assert both[0].json() == both[1].json()
        assert len([one for one in await messages(http, session) if one["author"] == "reporter"]) == 1
        assert len(_files(tmp_path)) == 1

    async def test_what_lies_on_the_disk_tells_nothing(self, http: httpx.AsyncClient, tmp_path: Path) -> None:
        session = await open_session(http)
        await send_file(http, session, samples.photo())
        (file,) = _files(tmp_path)
        assert not file.read_bytes().startswith(b"\xff\xd8") and file.stat().st_mode & 0o077 == 0


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "name", "status", "code"),
        [
            (samples.EXECUTABLE, "holiday.jpg", 422, "attachment_kind"),
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.png", 422, "attachment_kind"),
            (b"", "empty.jpg", 422, "attachment_kind"),
            (samples.photo()[:900], "half.jpg", 422, "attachment_broken"),
            (samples.bomb(), "small.png", 413, "attachment_too_many_pixels"),
            (samples.video(), "voice.m4a", 422, "attachment_kind"),
            (samples.voice(125), "long.webm", 413, "voice_too_long"),
            (bytes(9 * 1024 * 1024), "large.jpg", 413, "attachment_too_large"),
        ],
    )
    async def test_in_words_of_both_languages_and_nothing_is_stored(
        self, http: httpx.AsyncClient, tmp_path: Path, content: bytes, name: str, status: int, code: str
    ) -> None:
        session = await open_session(http)
        words = []
        for language in ("zh-CN", "en"):
            answer = await send_file(http, session, content, name=name, language=language)
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
            words.append(answer.json()["error"]["message"])
        assert any("\u4e00" <= sign <= "\u9fff" for sign in words[0]) and words[1].isascii()
        assert await messages(http, session) == [] and _files(tmp_path) == []

    async def test_fifty_megabytes_that_say_no_size_are_refused_and_the_chat_goes_on(
        self, http: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        session = await open_session(http)

        async def endless() -> AsyncIterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
            for _ in range(800):
                yield bytes(65536)

        headers = {**bearer(session), "Content-Type": "multipart/form-data; boundary=x"}
        try:
            answer = await http.post("/api/chat/attachments", content=endless(), headers=headers)
            assert answer.json()["error"]["code"] == "attachment_too_large"
        except (httpx.WriteError, httpx.RemoteProtocolError):
            pass  # the desk has hung up before all of it was written
        body = {"client_id": "after", "text": "still here"}
        assert (await http.post("/api/chat/messages", json=body, headers=bearer(session))).status_code == 202
        assert (
            next(one["text"] for one in await messages(http, session)) == "still here"
            and _files(tmp_path) == []
        )

    @pytest.mark.parametrize(
        ("files", "data", "status"),
        [
            ({}, {"client_id": "1"}, 400),
            ({"file": ("a.jpg", samples.photo())}, {}, 422),
            ({"file": ("a.jpg", samples.photo())}, {"client_id": "1", "location": "{bad"}, 422),
            ({"file": ("a.jpg", samples.photo())}, {"client_id": "1", "text": "x" * 4001}, 413),
        ],
    )
    async def test_a_form_that_lacks_something_is_refused_in_words(
        self, http: httpx.AsyncClient, files: dict[str, object], data: dict[str, str], status: int
    ) -> None:
        session = await open_session(http)
        answer = await http.post("/api/chat/attachments", files=files, data=data, headers=bearer(session))
        assert answer.status_code == status and answer.json()["error"]["message"]
        assert await messages(http, session) == []

    async def test_nobody_else_gets_it(self, http: httpx.AsyncClient) -> None:
        session, other = await open_session(http), await open_session(http)
        await send_file(http, session, samples.photo())
        address = f"/api/chat/attachments/{(await messages(http, session))[0]['attachment']['id']}"
        assert (await http.get(address)).status_code == 401
        assert (await http.get(address, headers=bearer(other))).status_code == 404
        console = address.replace("/api/chat/", "/api/console/")
        assert (await http.get(console, headers=bearer(session))).status_code == 401

    async def test_any_other_door_still_takes_a_quarter_megabyte_at_most(
        self, http: httpx.AsyncClient
    ) -> None:
        session = await open_session(http)
        body = {"client_id": "1", "text": "x" * 300_000}
        assert (await http.post("/api/chat/messages", json=body, headers=bearer(session))).status_code == 413

        async def unsized() -> AsyncIterator[bytes]:
            yield b'{"client_id": "1", "text": "hello"}'

        answer = await http.post("/api/chat/messages", content=unsized(), headers=bearer(session))
        assert (answer.status_code, answer.json()["error"]["code"]) == (411, "length_needed")


class TestUnheard:
    @pytest.mark.parametrize("kind", ["photo", "voice", "position"])
    async def test_without_words_on_a_live_trip_reaches_the_safety_team_and_holds_no_driver(
        self, desk: Desk, http: httpx.AsyncClient, kind: str
    ) -> None:
        session = await open_session(http)
        conversation_id = await _goes_on_a_trip(desk, http, session)
        if kind == "position":
            body = {"client_id": "p", "text": "", "location": {"lat": 30.27, "lng": 120.15}}
            answer = await http.post("/api/chat/messages", json=body, headers=bearer(session))
        else:
            content = samples.photo() if kind == "photo" else samples.voice()
            answer = await send_file(http, session, content)
        state = answer.json()["conversation"]
        assert (state["holder"], state["grade"], state["incident"]["state"]) == ("queue", "S1", "paged")
        async with desk.database.reading() as reading:
            (case,) = await case_store.open_of_conversation(reading, conversation_id)
        assert not case.conduct and "live trip" in case.title

    @pytest.mark.parametrize(("beside", "grade"), [("first", None), ("never sent", "S1")])
    async def test_words_sent_before_a_photo_go_with_it_if_they_are_really_there(
        self, desk: Desk, http: httpx.AsyncClient, beside: str, grade: str | None
    ) -> None:
        session = await open_session(http)
        await _goes_on_a_trip(desk, http, session)
        answer = await send_file(http, session, samples.photo(), beside=beside)
        assert answer.json()["conversation"]["grade"] == grade

    async def test_a_photo_without_words_elsewhere_is_answered_truthfully(
        self, http: httpx.AsyncClient
    ) -> None:
        session = await open_session(http)
        answer = await send_file(http, session, samples.photo())
        assert answer.json()["conversation"]["holder"] == "assistant"
        said = await messages(http, session)
        assert "cannot see photos" in said[1]["text"]
        assert said[1]["buttons"][0]["payload"] == "/speak_to_human"

    async def test_danger_in_the_words_beside_a_photo_is_heard(self, http: httpx.AsyncClient) -> None:
        session = await open_session(http)
        answer = await send_file(
            http, session, samples.photo(), text="he locked the doors and won't let me out"
        )
        assert answer.json()["conversation"]["grade"] == "S0"


class TestErased:
    async def test_of_a_person_who_is_erased_no_picture_stays(
        self, desk: Desk, http: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        session = await open_session(http)
        receipt = (await send_file(http, session, samples.photo(), text="my seat")).json()
        shown = (await messages(http, session))[0]["attachment"]
        conversation_id = (await _conversation(desk, receipt["id"])).id
        async with desk.database.unit_of_work() as uow:
            await vault.destroy(uow, conversation_id)
            await conversations.erase(uow, await conversations.lock(uow, conversation_id))
        async with asyncio.timeout(20):
            while _files(tmp_path):
                await deliver_waiting(desk.database)
                await asyncio.sleep(0.05)
        got = await http.get(f"/api/chat/attachments/{shown['id']}", headers=bearer(session))
        assert (got.status_code, got.json()["error"]["code"]) == (404, "no_attachment")
        async with desk.database.reading() as reading:
            kept = (await reading.execute(select(Message.attachment))).scalars().all()
        assert kept == [None] * len(kept)


class TestAFileThatIsNotHere:
    async def test_is_said_to_be_out_of_reach_and_not_erased(
        self, http: httpx.AsyncClient, tmp_path: Path
    ) -> None:
        session = await open_session(http)
        await send_file(http, session, samples.photo())
        shown = (await messages(http, session))[0]["attachment"]
        (file,) = _files(tmp_path)
        there = file.rename(tmp_path / "on the other worker")
        with structlog.testing.capture_logs() as logs:
            got = await http.get(f"/api/chat/attachments/{shown['id']}", headers=bearer(session))
        assert (got.status_code, got.json()["error"]["code"]) == (503, "attachment_not_here")
        assert [one["attachment"] for one in logs if one["log_level"] == "error"] == [shown["id"]]
        there.rename(file)
        got = await http.get(f"/api/chat/attachments/{shown['id']}", headers=bearer(session))
        assert got.status_code == 200

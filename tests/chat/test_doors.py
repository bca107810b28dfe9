"""The public doors over real HTTP and Socket.IO: bad input, somebody else's secrets, sequence and replay."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import socketio

from bot.app import Desk
from bot.chat.service import bind_sender
from tests.served import served_desk, until


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Desk, str]]:
    async with served_desk(database_url, tmp_path) as served:
        yield served


@pytest.fixture
async def http(desk: tuple[Desk, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=desk[1], trust_env=False, timeout=10) as client:
        yield client


async def _open(http: httpx.AsyncClient, locale: str = "en") -> dict[str, Any]:
    opened: dict[str, Any] = (await http.post("/api/chat/sessions", json={"locale": locale})).json()
    return opened


def _bearer(session: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['token']}"}


async def _messages(http: httpx.AsyncClient, session: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await http.get("/api/chat/messages", headers=_bearer(session))).json()[
        "messages"
    ]
    return found


class TestBadInput:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b'{"client_id": "a", "text": ""}', 400),
            (b'{"client_id": "a", "text": "   "}', 400),
            (b'{"client_id": "a", "text": "' + b"x" * 4001 + b'"}', 413),
            (b'{"client_id": "a", "text": 7}', 422),
            (b'{"client_id": "a"}', 400),
            (b'{"client_id": 5, "text": "hello"}', 422),
            (b'{"client_id": "a", "text": "", "location": {"lat": 1000, "lng": 0}}', 422),
            (b"[]", 422),
            (b"not json", 422),
            (b'{"client_id": "a", "text": "\xff\xfe"}', 400),
        ],
    )
    async def test_is_refused_in_words_and_nothing_is_stored(
        self, http: httpx.AsyncClient, body: bytes, status: int
    ) -> None:
        session = await _open(http, "zh")
        headers = {**_bearer(session), "Content-Type": "application/json", "Accept-Language": "zh-CN"}
        answer = await http.post("/api/chat/messages", content=body, headers=headers)
        assert answer.status_code == status
        error = answer.json()["error"]
        assert error["code"] and any("\u4e00" <= sign <= "\u9fff" for sign in error["message"])
        assert await _messages(http, session) == []

    @pytest.mark.parametrize("location", [{"lat": 1000, "lng": 0}, {"lat": "30.2"}, [30.2, 120.1], "here", 7])
    async def test_a_cry_with_a_position_that_makes_no_sense_is_taken_without_it(
        self, http: httpx.AsyncClient, location: Any
    ) -> None:
        session = await _open(http)
        body = {"client_id": "a", "text": "he locked the doors and won't stop", "location": location}
        answer = await http.post("/api/chat/messages", json=body, headers=_bearer(session))
        assert answer.status_code == 202 and answer.json()["conversation"]["grade"] == "S0"
        assert (await _messages(http, session))[0]["text"] == body["text"]

    async def test_markup_direction_marks_and_two_thousand_emoji_come_back_as_they_were(
        self, http: httpx.AsyncClient
    ) -> None:
        session = await _open(http)
        texts = ["<script>alert(1)</script>", "abc\u202egnp.exe", "a\u200bb", "😀" * 2000]
        for number, text in enumerate(texts):
            body = {"client_id": str(number), "text": text}
            assert (
                await http.post("/api/chat/messages", json=body, headers=_bearer(session))
            ).status_code == 202
        said = [one["text"] for one in await _messages(http, session) if one["author"] == "reporter"]
        assert said == texts

    async def test_an_unknown_address_answers_in_the_error_form(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/api/nothing-here")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"


class TestSecrets:
    @pytest.mark.parametrize(
        "header", [{}, {"Authorization": "Bearer invented"}, {"Authorization": "Basic x"}]
    )
    async def test_an_invented_token_opens_nothing(
        self, http: httpx.AsyncClient, header: dict[str, str]
    ) -> None:
        assert (await http.get("/api/chat/messages", headers=header)).status_code == 401

    async def test_a_session_id_is_no_token_and_opens_no_other_door(self, http: httpx.AsyncClient) -> None:
        session = await _open(http)
        await http.post(
            "/api/chat/messages", json={"client_id": "1", "text": "my secret"}, headers=_bearer(session)
        )
        header = {"Authorization": f"Bearer {session['session_id']}"}
        assert (await http.get("/api/chat/messages", headers=header)).status_code == 401
        body = {"sender": session["session_id"], "message": "hello"}
        answer = await http.post("/webhooks/rest/webhook", json=body)
        assert answer.status_code == 200
        assert "my secret" not in answer.text

    @pytest.mark.parametrize("sender", ["user1", "me", "0" * 40, "12345678901234567890", "alice@example.com"])
    async def test_a_sender_that_can_be_guessed_is_told_so(
        self, http: httpx.AsyncClient, sender: str
    ) -> None:
        answer = await http.post("/webhooks/rest/webhook", json={"sender": sender, "message": "hello"})
        assert answer.status_code == 401
        assert "UUID" in answer.json()["error"]["message"]

    async def test_two_first_messages_of_a_sender_at_once_are_bound_once(
        self, desk: tuple[Desk, str]
    ) -> None:
        sender = str(uuid.uuid4())
        bound = await asyncio.gather(
            *(bind_sender(desk[0].database, sender, door="webhook", locale="en") for _ in range(12))
        )
        assert len({one.id for one in bound}) == 1

    async def test_a_forged_app_token_is_refused(self, http: httpx.AsyncClient) -> None:
        forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyX2xpbiIsImtpbmQiOiJyaWRlciJ9."
        answer = await http.post("/api/chat/sessions", json={}, headers={"Authorization": f"Bearer {forged}"})
        assert answer.status_code == 401

    async def test_the_internal_door_is_not_on_the_public_port(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/internal/conversations/x/acts", json={})
        assert answer.status_code in (404, 405)


class TestWithoutRasa:
    async def test_danger_is_answered_and_routine_goes_to_a_person(self, http: httpx.AsyncClient) -> None:
        session = await _open(http)
        body = {"client_id": "1", "text": "he locked the doors and won't stop"}
        answer = await http.post("/api/chat/messages", json=body, headers=_bearer(session))
        assert answer.json()["conversation"]["grade"] == "S0"
        other = await _open(http)
        sender = str(uuid.uuid4())
        said = (
            await http.post(
                "/webhooks/rest/webhook", json={"sender": sender, "message": "where is my receipt"}
            )
        ).json()
        assert "in line for a person" in said[-1]["text"]
        assert (await http.get("/api/chat/conversation", headers=_bearer(other))).json()[
            "holder"
        ] == "assistant"

    async def test_who_has_only_opened_the_chat_is_told_and_waits_in_nobodys_line(
        self, http: httpx.AsyncClient
    ) -> None:
        session = await _open(http)
        header = _bearer(session)

        async def answered(number: str, text: str, payload: str | None = None) -> tuple[str, str]:
            """Who has the conversation once the desk has answered, and the answer."""
            body = {"client_id": number, "text": text, "payload": payload}
            (await http.post("/api/chat/messages", json=body, headers=header)).raise_for_status()

            async def told() -> str | None:
                newest = (await _messages(http, session))[-1]
                return newest["text"] if newest["author"] == "system" else None

            words = await until(told)
            return (await http.get("/api/chat/conversation", headers=header)).json()["holder"], words

        holder, words = await answered("1", "/vigil_start", "/vigil_start")
        assert holder == "assistant" and "Write what happened" in words
        holder, words = await answered("2", "where is my receipt")
        assert holder == "queue" and "in line for a person" in words

    async def test_readyz_names_what_is_missing(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        parts = answer.json()["parts"]
        assert parts["database"]["ok"] and not parts["rasa"]["ok"] and not parts["rota"]["ok"]


class TestSockets:
    async def test_send_replay_and_the_same_message_sent_again(
        self, desk: tuple[Desk, str], http: httpx.AsyncClient
    ) -> None:
        session = await _open(http)
        client = socketio.AsyncClient()
        await client.connect(
            desk[1], namespaces=["/chat"], auth={"token": session["token"]}, transports=["websocket"]
        )
        body = {"client_id": "c1", "text": "he locked the doors and won't stop"}
        first = await client.call("send", body, namespace="/chat")
        again = await client.call("send", body, namespace="/chat")
        assert first["ok"] and first == again
        replay = await client.call("replay", {"after": 0}, namespace="/chat")
        assert [one["seq"] for one in replay["messages"]] == [1, 2]
        refused = await client.call("send", {"client_id": "c2", "text": ""}, namespace="/chat")
        assert not refused["ok"] and refused["error"]["message"]
        await client.disconnect()

    async def test_an_invented_token_is_not_let_in(self, desk: tuple[Desk, str]) -> None:
        client = socketio.AsyncClient()
        with pytest.raises(socketio.exceptions.ConnectionError):
            await client.connect(
                desk[1], namespaces=["/chat"], auth={"token": "invented"}, transports=["websocket"]
            )

    async def test_a_rasa_widget_works_unchanged_and_an_issued_session_is_kept(
        self, desk: tuple[Desk, str]
    ) -> None:
        uttered: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        confirmed: asyncio.Queue[str] = asyncio.Queue()

        async def widget() -> socketio.AsyncClient:
            client = socketio.AsyncClient()
            client.on("bot_uttered", uttered.put)
            client.on("session_confirm", confirmed.put)
            await client.connect(desk[1], transports=["websocket"])
            return client

        client = await widget()
        await client.emit("session_request", {"session_id": "someone-elses-or-invented"})
        issued = await asyncio.wait_for(confirmed.get(), 5)
        assert issued != "someone-elses-or-invented"
        await client.emit("user_uttered", {"message": "help he has a knife", "session_id": issued})
        said = await asyncio.wait_for(uttered.get(), 5)
        assert "VG-" in said["text"]
        await client.disconnect()
        client = await widget()
        await client.emit("session_request", {"session_id": issued})
        assert await asyncio.wait_for(confirmed.get(), 5) == issued
        await client.disconnect()

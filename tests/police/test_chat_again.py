"""An officer in the chat who asks again, or goes on with the form: one clock for what is owed, none for what is answered."""

from __future__ import annotations

import uuid

import httpx
from sqlalchemy import select

from bot.conversations.models import Conversation
from bot.incidents import store as case_store
from bot.kit.due import Due
from bot.police import clocks
from bot.police.models import PoliceRequest
from tests.police.conftest import LISTED, Station, paged_subjects

_FIRST = "我是西湖分局民警，需要调取浙A·D8C61这辆车的行程和司机信息，请马上提供"
_AGAIN = "我是西湖分局民警，再次要求调取浙A·7K392的行程和司机信息，人命关天"


async def _say(page: httpx.AsyncClient, text: str) -> None:
    body = {"client_id": uuid.uuid4().hex, "text": text}
    (await page.post("/api/chat/messages", json=body)).raise_for_status()


async def _chat(station: Station) -> httpx.AsyncClient:
    """A chat in which an officer has asked."""
    session = (await station.door().post("/api/chat/sessions", json={"locale": "zh"})).json()
    page = station.door(Authorization=f"Bearer {session['token']}")
    await _say(page, _FIRST)
    return page


async def _requests(station: Station) -> list[PoliceRequest]:
    async with station.desk.database.reading() as session:
        query = select(PoliceRequest).order_by(PoliceRequest.filed_at)
        return list((await session.execute(query)).scalars())


async def _end(station: Station, conversation_id: str, code: str) -> None:
    """A supervisor takes the conversation and ends what is open in it."""
    supervisor = await station.staff("supervisor")
    path = f"/api/console/conversations/{conversation_id}"
    assert (await supervisor.post(f"{path}/accept", json={})).status_code == 200
    ended = await supervisor.post(f"{path}/resolve", json={"code": code, "reason": "thought it a joke"})
    assert ended.status_code == 200, ended.text


class TestAskingAgain:
    async def test_after_the_end_is_a_request_with_a_clock_of_its_own(self, station: Station) -> None:
        page = await _chat(station)
        (first,) = await _requests(station)
        await _end(station, first.conversation_id, "false_alarm")
        station.clock.move(300)
        await _say(page, _AGAIN)
        _, second = await _requests(station)
        assert second.conversation_id == first.conversation_id and second.case_id != first.case_id
        said = (await page.get("/api/chat/messages?after=0")).json()["messages"]
        assert any(second.reference in one["text"] for one in said)
        await station.fire(601)
        assert (await station.request(second.reference)).breached_at is not None
        assert (await station.request(first.reference)).breached_at is None
        assert clocks.breached_subject(second.case_id) in await paged_subjects(station)

    async def test_while_the_first_is_open_is_the_same_request(self, station: Station) -> None:
        page = await _chat(station)
        await _say(page, _AGAIN)
        assert len(await _requests(station)) == 1

    async def test_on_the_page_of_a_form_leaves_the_officer_their_request(self, station: Station) -> None:
        officer = await station.file()
        supervisor = await station.staff("supervisor")
        await supervisor.post(f"{await officer.path()}/refuse", json={"reason": "not in our city"})
        await _end(station, (await station.request(officer.reference)).conversation_id, "explained")
        await _say(officer.page, _AGAIN)
        assert [one.channel for one in await _requests(station)] == ["form", "chat"]
        assert (await officer.status())["reference"] == officer.reference


class TestTheFormAfterTheChat:
    async def test_its_answer_ends_the_clock_of_both(self, station: Station) -> None:
        await _chat(station)
        (chat,) = await _requests(station)
        officer = await station.file(reference=chat.reference)
        await officer.located()
        liaison, supervisor = await station.staff("police_liaison"), await station.staff("supervisor")
        await officer.confirmed(liaison)
        for page in (liaison, supervisor):
            assert (await page.post(f"{await officer.path()}/release")).status_code == 200
        answered = await station.request(chat.reference)
        assert (answered.state, answered.answered_by) == ("released", "陈静 Chen Jing")
        async with station.desk.database.reading() as session:
            query = select(Due).where(Due.kind.like("police%"), Due.done.is_(False))
            assert (await session.execute(query)).first() is None
        await station.fire(601)
        assert (await station.request(chat.reference)).breached_at is None
        assert clocks.breached_subject(chat.case_id) not in await paged_subjects(station)

    async def test_without_an_answer_the_ten_minutes_count_from_the_chat(self, station: Station) -> None:
        await _chat(station)
        (chat,) = await _requests(station)
        station.clock.move(300)
        officer = await station.file(reference=chat.reference)
        await station.fire(301)
        assert (await station.request(chat.reference)).breached_at is not None
        assert (await station.request(officer.reference)).breached_at is None

    async def test_a_correction_of_the_form_does_not_part_it_from_its_chat(self, station: Station) -> None:
        await _chat(station)
        (chat,) = await _requests(station)
        officer = await station.file(reference=chat.reference)
        liaison = await station.staff("police_liaison")
        await liaison.post(f"{await officer.path()}/facts", json={"plate": "沪A·E9271"})
        assert (await station.request(officer.reference)).case_id == chat.case_id


class TestWhoCriesAsWell:
    async def test_keeps_no_liaison_from_the_call_back(self, station: Station) -> None:
        """The chat is the safety team's and stays with them; the request has its ten minutes."""
        page = await _chat(station)
        (request,) = await _requests(station)
        await _say(page, "我是警察，有人被司机持刀绑架了，救命")
        liaison = await station.staff("police_liaison")
        desk = f"/api/console/police/requests/{request.id}"
        known = await liaison.post(f"{desk}/facts", json={"city": "hangzhou", "officer": "Zhou Zheng"})
        assert known.status_code == 200, known.text
        call = {"number": LISTED, "answered_by": "Shen", "outcome": "confirmed", "reference_confirmed": True}
        checked = await liaison.post(f"{desk}/check", json=call)
        assert checked.status_code == 200, checked.text
        assert (await station.request(request.reference)).verified_at is not None
        async with station.desk.database.reading() as session:
            chat = await session.get_one(Conversation, request.conversation_id)
            cases = await case_store.open_of_conversation(session, chat.id)
        assert chat.holder == "queue"
        assert {one.kind: one.accepted_at is not None for one in cases} == {
            "passenger_in_danger": False, "police_request": True,
        }  # fmt: skip

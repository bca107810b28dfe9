"""Which emergency number a reporter is shown: by position, then trip, then by the first language that says where they are. What
is typed later in another alphabet takes nobody's number away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.chat.receive import EMERGENCY, Incoming, receive
from bot.chat.state import conversation_state
from bot.conversations.models import Conversation, Message
from bot.conversations.store import messages_after
from bot.incidents.emergency import numbers_for, place_of, place_of_case
from bot.incidents.models import Case
from bot.kit.database import Database
from bot.kit.now import MovableClock, iso, now
from tests.chat.conftest import Open, Say

LONDON = {"lat": 51.5074, "lng": -0.1278}


async def _state(database: Database, chat: Conversation) -> dict[str, Any]:
    async with database.reading() as session:
        return await conversation_state(session, await session.get_one(Conversation, chat.id))


async def _number(database: Database, chat: Conversation) -> str:
    return str((await _state(database, chat))["emergency"]["numbers"][0]["number"])


async def _said(database: Database, chat: Conversation) -> list[Message]:
    async with database.reading() as session:
        return [one for one in await messages_after(session, chat.id, 0) if one.author == "system"]


class TestAChineseSession:
    @pytest.mark.parametrize("text", ["SOS", "iPhone 15", "A12345"])
    async def test_stays_chinese_and_keeps_its_number(
        self, database: Database, open_chat: Open, say: Say, text: str
    ) -> None:
        chat = await open_chat("zh")
        await say(chat, text)
        await say(chat, "紧急求助", payload=EMERGENCY)
        state = await _state(database, chat)
        assert state["locale"] == "zh" and state["emergency"]["numbers"][0]["number"] == "110"
        assert "110" in (await _said(database, chat))[-1].text

    async def test_keeps_its_number_when_english_is_spoken_in_it(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat("zh")
        await say(chat, "the driver locked the doors and won't stop")
        state = await _state(database, chat)
        assert state["locale"] == "en" and state["emergency"]["numbers"][0]["number"] == "110"
        first = (await _said(database, chat))[0]
        assert "110" in first.text and "112" not in first.text

    async def test_gives_way_to_where_the_phone_is(self, database: Database, open_chat: Open) -> None:
        chat = await open_chat("zh")
        await receive(database, chat.id, Incoming("c1", "救命", location=LONDON))
        assert await _number(database, chat) == "999"


class TestAnEnglishSession:
    async def test_has_the_number_of_nowhere_in_particular_until_chinese_is_written(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat("en")
        assert await _number(database, chat) == "112"
        await say(chat, "救命，司机打我")
        assert await _number(database, chat) == "110"
        await say(chat, "please come quickly he is hitting me")
        assert await _number(database, chat) == "110"

    async def test_is_not_taken_to_be_in_china_for_a_name(
        self, database: Database, open_chat: Open, say: Say
    ) -> None:
        chat = await open_chat("en")
        await say(chat, "my driver 王师傅 is drunk and won't stop the car")
        state = await _state(database, chat)
        assert state["locale"] == "en" and state["emergency"]["numbers"][0]["number"] == "112"


@pytest.mark.parametrize("agent", ["zh", "en"])
def test_staff_see_the_reporters_number_whatever_language_they_work_in(agent: str) -> None:
    case = Case(kind="passenger_in_danger", trip=None)
    chinese, english = (Conversation(first_locale=one, locale=one) for one in ("zh", "en"))
    assert numbers_for(place_of_case(case, chinese), agent)["numbers"][0]["number"] == "110"
    assert place_of_case(case, english).country is None


RIDE = {"country": "GB", "city_name": {"zh": "伦敦", "en": "London"}, "area_code": None}
THERE = {"country": "CN", "city_name": {"zh": "杭州", "en": "Hangzhou"}, "area_code": "0571"}
HANGZHOU = {"lat": 30.27, "lng": 120.15}
HOUR = 3600.0


def _rider(*, riding: bool, ended_s: float | None = None, here_s: float | None = None) -> Conversation:
    """Somebody with a ride in London: on it, or `ended_s` seconds ago; their phone was in Hangzhou `here_s` ago, if ever."""
    ended = iso(now() - timedelta(seconds=ended_s)) if ended_s is not None else None
    where: dict[str, Any] = {
        "trip_place": {**RIDE, "requested_at": iso(now() - timedelta(days=1)), "finished_at": ended}
    }
    if here_s is not None:
        where |= {"place": THERE, "at": iso(now() - timedelta(seconds=here_s))}
    return Conversation(
        locale="en", first_locale="en", trip_id="t_1", trip_live=riding, location=where, role="rider"
    )


class TestWhatIsNews:
    @pytest.mark.parametrize(
        ("rider", "told"),
        [
            (_rider(riding=True, here_s=60), ("position", "Hangzhou")),
            (_rider(riding=True, here_s=2 * HOUR), ("trip", "London")),
            (_rider(riding=False, ended_s=600, here_s=2 * HOUR), ("trip", "London")),
            (_rider(riding=False, ended_s=2 * HOUR, here_s=2 * HOUR), ("language", None)),
        ],
        ids=["a new position", "an old position on a ride", "after a ride", "long after all"],
    )
    def test_decides_for_the_reporter_and_for_staff_alike(
        self, rider: Conversation, told: tuple[str, str | None]
    ) -> None:
        case = Case(kind="passenger_in_danger", trip_id=None, trip=None)
        assert (place_of(rider, case).basis, place_of(rider, case).city) == told
        assert place_of_case(case, rider) == place_of(rider, case)

    def test_staff_are_shown_the_cases_ride_where_nothing_newer_is_known(self) -> None:
        case = Case(
            kind="missing_person", trip_id="t_1", trip={**RIDE, "finished_at": iso(now() - timedelta(days=2))}
        )
        rider = _rider(riding=False, ended_s=48 * HOUR)
        assert place_of(rider, case).basis == "language"
        assert place_of_case(case, rider).country == "GB"

    @pytest.mark.parametrize("at", ["soon", "2026-01-01T12:00:00"])
    def test_a_time_that_cannot_be_read_is_no_news_and_costs_nobody_their_message(self, at: str) -> None:
        rider = _rider(riding=False, ended_s=600)
        rider.location = {"trip_place": {**RIDE, "finished_at": at}, "place": THERE, "at": at}
        assert place_of(rider).basis == "language"

    async def test_a_position_of_weeks_ago_names_no_place(
        self, database: Database, open_chat: Open, clock: MovableClock
    ) -> None:
        chat = await open_chat("en")
        await receive(database, chat.id, Incoming("c1", "I am here", location=HANGZHOU))
        assert (await _state(database, chat))["emergency"]["basis"] == "position"
        clock.move(33 * 24 * HOUR)
        receipt = await receive(database, chat.id, Incoming("c2", "", EMERGENCY))
        shown = receipt.body["conversation"]["emergency"]
        assert (shown["basis"], shown["place"], shown["numbers"][0]["number"]) == ("language", None, "112")

    @pytest.mark.parametrize(
        "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "noon", "2026-01-01T12:00:00"]
    )
    async def test_a_phone_that_names_no_time_is_there_now(
        self, database: Database, open_chat: Open, at: str
    ) -> None:
        chat = await open_chat("en")
        await receive(database, chat.id, Incoming("c1", "I am here", location={**LONDON, "at": at}))
        assert (await _state(database, chat))["emergency"]["basis"] == "position"

    async def test_a_position_that_was_sent_late_takes_nothing_from_a_newer_one(
        self, database: Database, open_chat: Open
    ) -> None:
        chat = await open_chat("en")
        written = iso(now() - timedelta(hours=5))
        await receive(database, chat.id, Incoming("c1", "", EMERGENCY, location=LONDON))
        await receive(database, chat.id, Incoming("c2", "I am here", location={**HANGZHOU, "at": written}))
        assert await _number(database, chat) == "999"

"""The compacting tracker store, on SQLite and PostgreSQL, in this process with the tiny model."""

from __future__ import annotations

import asyncio
import copy
import os
import statistics
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.engine.url import make_url

from bot.nlu.compaction import compacted
from bot.nlu.tracker_store import CompactingTrackerStore, StaleTracker
from bot.nlu.turns import Conversationalist, Turn, TurnError
from tests.nlu.conftest import ActionServer

POSTGRES = make_url(
    os.environ.get("VIGIL_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
).set(drivername="postgresql+psycopg2")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Settings of a store on a database of its own; PostgreSQL (VIGIL_TEST_POSTGRES) must answer."""
    if request.param == "sqlite":
        yield {"url": f"sqlite:///{tmp_path}/rasa.db"}
        return
    schema = f"t{uuid.uuid4().hex[:12]}"
    yield {"url": POSTGRES.render_as_string(hide_password=False), "schema": schema}
    with sa.create_engine(POSTGRES).begin() as connection:
        connection.execute(sa.text(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'))


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Agent:
    """The tiny model, loaded once."""
    return Agent.load(str(tiny_model))


def talker(model: Agent, store: TrackerStore, url: str) -> Conversationalist:
    """A worker of its own: the shared model over one store."""
    endpoint = EndpointConfig(url)
    agent = Agent(domain=model.domain, tracker_store=store, action_endpoint=endpoint)
    agent.processor = copy.copy(model.processor)
    agent.processor.action_endpoint, agent.processor.tracker_store = endpoint, agent.tracker_store
    return Conversationalist(agent)


def turn(number: int, text: str, conversation: str = "c") -> Turn:
    """An English turn."""
    return Turn(conversation, str(number), text, "en")


async def texts(talk: Conversationalist, number: int, text: str) -> list[str]:
    """What is answered to one turn."""
    return [message["text"] for message in (await talk.take(turn(number, text)))["messages"]]


def test_a_conversation_outlives_the_process(
    model: Agent, actions: ActionServer, database: dict[str, Any]
) -> None:
    async def run() -> None:
        first = talker(model, CompactingTrackerStore(**database), actions.url)
        answer = await first.take(turn(1, "check balance"))
        second = talker(model, CompactingTrackerStore(**database), actions.url)
        assert await second.take(turn(1, "check balance")) == answer
        assert await texts(second, 2, "check balance") == ["asked 2 times"]

    asyncio.run(run())
    assert len(actions.calls) == 2


def test_two_workers_see_each_others_turns(
    model: Agent, actions: ActionServer, database: dict[str, Any]
) -> None:
    async def run() -> list[list[str]]:
        workers = [talker(model, CompactingTrackerStore(**database), actions.url) for _ in range(2)]
        return [await texts(workers[number % 2], number, "check balance") for number in range(1, 13)]

    assert asyncio.run(run()) == [[f"asked {number} times"] for number in range(1, 13)]


def test_of_two_turns_at_once_on_two_workers_one_is_refused(model: Agent, database: dict[str, Any]) -> None:
    async def run() -> None:
        stores = [CompactingTrackerStore(**database) for _ in range(2)]
        for store in stores:
            store.domain = model.domain
        await stores[0].save(
            DialogueStateTracker.from_events("c", [ActionExecuted("action_listen")], model.domain.slots)
        )
        trackers = [await store.retrieve("c") for store in stores]
        for tracker in trackers:
            assert tracker is not None
            tracker.update(SlotSet("times", 1.0))
        await stores[0].save(trackers[0])
        with pytest.raises(StaleTracker):
            await stores[1].save(trackers[1])
        log = await stores[1].retrieve_full_tracker("c")
        assert log is not None and len(log.events) == 2

    asyncio.run(run())


def test_a_failed_turn_leaves_no_live_copy(
    model: Agent, actions: ActionServer, database: dict[str, Any]
) -> None:
    async def run() -> None:
        store = CompactingTrackerStore(**database)
        talk = talker(model, store, actions.url)
        await talk.take(turn(1, "check balance"))
        actions.failing = True
        with pytest.raises(TurnError):
            await talk.take(turn(2, "check balance"))
        actions.failing = False
        log = await store.retrieve_full_tracker("c")
        assert log is not None and sum(isinstance(event, UserUttered) for event in log.events) == 1
        assert await texts(talk, 2, "check balance") == ["asked 2 times"]

    asyncio.run(run())


def test_compaction_keeps_slots_and_log(
    model: Agent, actions: ActionServer, database: dict[str, Any]
) -> None:
    async def run() -> None:
        store = CompactingTrackerStore(**database)
        talk = talker(model, store, actions.url)
        await talk.take(turn(0, "check balance"))
        for number in range(1, 31):
            await talk.take(turn(number, "hello"))
        tracker = await store.retrieve("c")
        log = await store.retrieve_full_tracker("c")
        assert tracker is not None and log is not None
        assert tracker.get_slot("times") == 1 and tracker.get_slot("language") == "en"
        assert sum(isinstance(event, UserUttered) for event in log.events) == 31
        assert len(tracker.events) < 60 < len(log.events)

    asyncio.run(run())


def test_an_open_form_is_never_cut(model: Agent, actions: ActionServer, database: dict[str, Any]) -> None:
    async def run() -> None:
        store = CompactingTrackerStore(**database)
        talk = talker(model, store, actions.url)
        for number in range(10):
            await talk.take(turn(number, "hello"))
        opened = await talk.take(turn(10, "I left my phone in the car"))
        assert opened["active_loop"] == "item_form"
        second = talker(model, CompactingTrackerStore(**database), actions.url)
        filled = await second.take(turn(11, "a red umbrella"))
        assert filled["active_loop"] is None and filled["slots"]["item"] == "a red umbrella"

    asyncio.run(run())


def test_a_compacted_tracker_is_in_the_same_state(model: Agent) -> None:
    assert model.domain is not None
    events: list[Any] = [ActionExecuted("action_session_start"), ActionExecuted("action_listen")]
    for number in range(12):
        events += [UserUttered(f"message {number}", {"name": "greet"}), SlotSet("times", float(number))]
        if number in (3, 8):
            events.append(ActiveLoop("item_form"))
        if number in (5, 9):
            events.append(ActiveLoop(None))
        events.append(ActionExecuted("action_listen"))
    short = compacted("c", events, model.domain, keep=3, longest=6)
    assert short is not None and len(short) < len(events)
    states = [
        DialogueStateTracker.from_events(
            "c", list(some), model.domain.slots, domain=model.domain
        ).current_state()
        for some in (events, short)
    ]
    assert states[0] == states[1]


def test_an_answer_does_not_get_slower_with_the_conversation(
    model: Agent, actions: ActionServer, tmp_path: Path
) -> None:
    """Medians at turns around the 200th and at 5th turns of fresh conversations, taken in turns so that a busy machine
    slows both alike; the stock store at its 60th turn beside them."""
    hear = {text: talker(model, TrackerStore(None), "").hear(text) for text in ("hello", "thank you")}

    def said(number: int) -> str:
        return "thank you" if number % 2 else "hello"

    async def ours() -> tuple[list[float], list[float]]:
        talk = talker(model, CompactingTrackerStore(url=f"sqlite:///{tmp_path}/ours.db"), actions.url)

        async def timed(conversation: str, number: int) -> float:
            began = time.perf_counter()
            await talk.take(Turn(conversation, str(number), said(number), "en", parse=hear[said(number)]))
            return time.perf_counter() - began

        for number in range(192):
            await timed("long", number)
        late, early = [], []
        for sample in range(17):
            late.append(await timed("long", 192 + sample))
            early.append([await timed(f"fresh {sample}", number) for number in range(5)][-1])
        return early, late

    async def stock() -> tuple[list[float], list[float]]:
        agent = Agent(domain=model.domain, tracker_store=SQLTrackerStore(db=f"{tmp_path}/stock.db"))
        agent.processor = copy.copy(model.processor)
        agent.processor.tracker_store = agent.tracker_store

        async def timed(conversation: str, number: int) -> float:
            message = UserMessage(said(number), sender_id=conversation, parse_data=hear[said(number)])
            began = time.perf_counter()
            await agent.handle_message(message)
            return time.perf_counter() - began

        for number in range(56):
            await timed("long", number)
        late, early = [], []
        for sample in range(9):
            late.append(await timed("long", 56 + sample))
            early.append([await timed(f"fresh {sample}", number) for number in range(5)][-1])
        return early, late

    early, late = map(statistics.median, asyncio.run(ours()))
    stock_early, stock_late = map(statistics.median, asyncio.run(stock()))
    print(
        f"ours: turn 5 {early:.4f} s, turn 200 {late:.4f} s; stock: turn 5 {stock_early:.4f} s, turn 60 {stock_late:.4f} s"
    )
    assert late <= 1.2 * early
    assert stock_late > 1.5 * stock_early

"""Turns: durable rows, talked about one at a time per conversation and in order, after they were heard. An answer is
stored only if the holder has not changed since: nothing from the assistant after a person has accepted."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import exists, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.chat import checkins, pausing
from bot.chat.assistant import Assistant, AssistantFailed, Utterance
from bot.chat.models import Turn
from bot.chat.receive import START
from bot.chat.talkback import TalkBack
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.handoff import service as handoff
from bot.kit.database import Database, UnitOfWork
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.worker import Worker

log = structlog.get_logger(__name__)
_LEASE_S = 30.0
_TRIES = 3
# A price, a place and a mind change in half an hour: an older question of the assistant's is asked again.
_STALE = timedelta(minutes=30)


@dataclass(frozen=True)
class _Taken:
    """A claimed turn with what was true when it was claimed. asked_since: see `_asked_since`."""

    turn: Turn
    message: Message
    conversation: Conversation
    asked_since: bool


class TurnWorker(Worker):
    """Takes heard turns of any conversation, several conversations side by side."""

    topic = "turn.heard"

    def __init__(
        self, database: Database, assistant: Assistant, *, side_by_side: int = 8, every_s: float = 1.0
    ) -> None:
        super().__init__(database, every_s)
        self._assistant, self._talkback = assistant, TalkBack(database, assistant)
        self._slots = asyncio.Semaphore(side_by_side)
        self._running: dict[str, asyncio.Task[None]] = {}

    async def step(self) -> None:
        async with self.database.reading() as session:
            query = (
                select(Turn.conversation_id)
                .where(Turn.state == "pending", Turn.heard_at.is_not(None))
                .where(or_(Turn.claimed_until.is_(None), Turn.claimed_until < now()))
                .distinct()
                .limit(200)
            )
            waiting = (await session.execute(query)).scalars().all()
        for conversation_id in waiting:
            if conversation_id not in self._running:
                task = asyncio.create_task(self._drain(conversation_id))
                self._running[conversation_id] = task
                task.add_done_callback(partial(self._finished, conversation_id))

    def _finished(self, conversation_id: str, _done: asyncio.Task[None]) -> None:
        self._running.pop(conversation_id, None)
        self.wake()

    async def _drain(self, conversation_id: str) -> None:
        async with self._slots:
            while not self.stopped and (taken := await self._claim(conversation_id)) is not None:
                try:
                    await self._finish(taken, await self._talk(taken))
                except Exception:
                    log.exception("turn failed", turn=taken.turn.id)
                    await self._failed(taken)

    async def _claim(self, conversation_id: str) -> _Taken | None:
        """The oldest pending turn of the conversation, if it was heard and nobody else works on it."""
        async with self.database.unit_of_work() as uow:
            query = (
                select(Turn)
                .where(Turn.conversation_id == conversation_id, Turn.state == "pending")
                .order_by(Turn.seq)
                .limit(1)
            )
            turn = (await uow.session.execute(query)).scalar_one_or_none()
            if turn is None or turn.heard_at is None:
                return None
            earlier = aliased(Turn)
            claim = update(Turn).where(
                Turn.id == turn.id, Turn.state == "pending",
                or_(Turn.claimed_until.is_(None), Turn.claimed_until < now()),
                ~exists().where(
                    earlier.conversation_id == conversation_id, earlier.state == "pending", earlier.seq < turn.seq
                ),
            )  # fmt: skip
            result = await uow.session.execute(
                claim.values(claimed_until=now() + timedelta(seconds=_LEASE_S), attempts=Turn.attempts + 1),
                execution_options={"synchronize_session": False},
            )
            if not isinstance(result, CursorResult) or result.rowcount != 1:
                return None
            await uow.session.refresh(turn)
            message = await uow.session.get_one(Message, turn.message_id)
            conversation = await uow.session.get_one(Conversation, conversation_id)
            return _Taken(turn, message, conversation, await _asked_since(uow.session, message))

    async def _talk(self, taken: _Taken) -> list[Utterance] | None:
        """The assistant's words; none while people hold the conversation; None when it failed or could not hear."""
        answered = taken.turn.talk or pausing.asks_for_person(taken.turn)
        if not answered or taken.conversation.holder != "assistant":
            return []
        if taken.turn.parse is None and taken.message.payload is None:
            return None
        try:
            await self._talkback.catch_up(taken.conversation.id, before=taken.message.seq)
            return await self._assistant.turn(turn_body(taken))
        except AssistantFailed as failure:
            log.warning("assistant failed", error=str(failure))
            return None

    async def _finish(self, taken: _Taken, answer: list[Utterance] | None) -> None:
        async with self.database.unit_of_work() as uow:
            conversation = await conversations.lock(uow, taken.conversation.id)
            turn = await uow.session.get_one(Turn, taken.turn.id, populate_existing=True)
            if turn.state != "pending":
                return
            turn.state, turn.done_at = "answered", now()
            if turn.outcome != pausing.WITHHELD or pausing.asks_for_person(turn):
                turn.outcome = "answered"
            uow.emit("turn.done", conversation_id=conversation.id)
            unchanged = conversation.holder_version in (taken.conversation.holder_version, turn.own_version)
            if answer is None:
                turn.outcome = "assistant_failed"
                await _person_instead(uow, conversation, taken.message)
            elif unchanged and conversation.holder != "person":
                for one in answer:
                    await conversations.append(
                        uow, conversation, author="assistant", text=one.text, buttons=one.buttons or None
                    )
            elif answer:
                turn.outcome = "dropped"
            if turn.ask and conversation.holder != "person" and conversation.grade not in ("S0", "S1"):
                # Once: a withheld message is answered when the pause is over, and its silence counts from the first asking.
                turn.ask = False
                await checkins.ask(uow, conversation)

    async def _failed(self, taken: _Taken) -> None:
        """A mistake of ours: try again shortly, then give the conversation to a person."""
        async with self.database.unit_of_work() as uow:
            turn = await uow.session.get_one(Turn, taken.turn.id, populate_existing=True)
            if turn.attempts < _TRIES:
                turn.claimed_until = now() + timedelta(seconds=turn.attempts)
                return
            turn.state, turn.done_at, turn.outcome = "given_up", now(), "failed"
            await _person_instead(uow, await conversations.lock(uow, taken.conversation.id), taken.message)


async def _asked_since(session: AsyncSession, message: Message) -> bool:
    """Whether a "yes" in this message may answer something else than the assistant's last question: the desk has said
    something in between (news, a check-in), or that question is old. A button of it still means it, while it is fresh."""
    said = (
        select(Message)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.author != "reporter",
            Message.seq < message.seq,
        )
        .order_by(Message.seq.desc())
        .limit(1)
    )
    # What the assistant says in a turn has no kind; what the desk says in its name has one.
    answers = said.where(Message.author == "assistant", Message.kind.is_(None))
    question = (await session.execute(answers)).scalar_one_or_none()
    if question is None:
        return False
    newest = (await session.execute(said)).scalar_one()
    return message.at - question.at > _STALE or (message.payload is None and newest.id != question.id)


def turn_body(taken: _Taken) -> dict[str, Any]:
    """What `/turn` is sent: the message, the parse that hearing made, and who speaks."""
    conversation, message = taken.conversation, taken.message
    body: dict[str, Any] = {
        "conversation": conversation.id, "message_id": message.id, "text": message.text, "language": conversation.locale,
        "metadata": {
            "conversation": conversation.id, "message_id": message.id, "role": conversation.role,
            "identity": conversation.identity, "rider_id": conversation.rider_id, "driver_id": conversation.driver_id,
            "trip_id": conversation.trip_id, "location": conversation.location, "locale": conversation.locale,
            "now": iso(now()), "asked_since": taken.asked_since,
        },
    }  # fmt: skip
    if message.payload is not None:
        body["intent"] = tap_intent(message.payload)
    else:
        body["parse"] = taken.turn.parse
    return body


def tap_intent(payload: str) -> dict[str, Any]:
    """`/intent{"entity": "value"}` of a button that we offered, as the channel takes it. The start payload greets."""
    if payload == START:
        return {"name": "greet", "entities": {}}
    name, brace, rest = payload.removeprefix("/").partition("{")
    try:
        entities = json.loads(brace + rest) if brace else {}
    except ValueError:
        entities = {}
    return {"name": name, "entities": entities if isinstance(entities, dict) else {}}


async def _person_instead(uow: UnitOfWork, conversation: Conversation, message: Message) -> None:
    """The assistant is not there: say so and give the conversation to a person, once something has been said: who has only
    opened the chat is in nobody's line, or every page opened in an outage would wait before those who wrote."""
    if conversation.holder != "assistant":
        return
    if message.payload == START:
        text = say("assistant_away_yet", conversation.locale)
        await conversations.append(uow, conversation, author="system", text=text, kind="status")
        return
    await handoff.to_people(
        uow, conversation, team="support", reason="the assistant did not answer", who="software:turns"
    )
    text = say("assistant_away", conversation.locale)
    await conversations.append(uow, conversation, author="system", text=text, kind="status")

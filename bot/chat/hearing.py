"""Hearing: every message is heard by the NLU as it comes, whoever holds the conversation and whatever the assistant is
still busy saying. It can only raise. Hearing the same message twice does the same once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.engine import CursorResult

from bot.chat import checkins, late
from bot.chat.alarm import raise_alarm
from bot.chat.listeners import Heard, gravest
from bot.chat.listeners.clues import clues_in, clues_of, with_clues
from bot.chat.listeners.nlu import HearingFailed, NluListener
from bot.chat.listeners.sentinel import sentinel
from bot.chat.models import Turn
from bot.chat.receive import keep
from bot.conversations import service as conversations
from bot.conversations.models import Conversation, Message
from bot.incidents import locating
from bot.incidents.matters import SOMEBODY_ELSE
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Due, Firing, handles, schedule
from bot.kit.now import now
from bot.kit.worker import Worker

log = structlog.get_logger(__name__)
_LEASE_S = 10.0
# A message that was not heard is tried again after 30 s, then twice as long each time, never later than 5 min.
_AGAIN_S, _AGAIN_MOST_S = 30.0, 300.0
_ASK_READY_S = 5.0
HEAR_AGAIN = "hearing.again"


class HearingWorker(Worker):
    """Hears pending turns side by side and leaves the parse with the turn for talking. While the NLU is away it asks for it,
    and what was not heard meanwhile is heard as soon as it is back."""

    topic = "turn.put"

    def __init__(self, database: Database, nlu: NluListener, *, every_s: float = 1.0) -> None:
        super().__init__(database, every_s)
        self._nlu = nlu
        self._running: set[asyncio.Task[None]] = set()
        # Until it has answered once nobody knows what was left unheard before this process began.
        self._away, self._in_doubt, self._ask_at = True, False, now()

    async def step(self) -> None:
        if (self._away or self._in_doubt) and now() >= self._ask_at:
            self._ask_at = now() + timedelta(seconds=_ASK_READY_S)
            self._start(self._look_for_it())
        async with self.database.reading() as session:
            query = (
                select(Turn.id)
                .where(Turn.heard_at.is_(None))
                .where(or_(Turn.hearing_until.is_(None), Turn.hearing_until < now()))
                .order_by(Turn.created_at)
                .limit(50)
            )
            waiting = (await session.execute(query)).scalars().all()
        for turn_id in waiting:
            message = await self._claim(turn_id)
            if message is not None:
                self._start(self._hear(turn_id, message))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _look_for_it(self) -> None:
        """One failed message is no absence: only an NLU that was away and is ready again brings all that waits forward."""
        ready, self._in_doubt = await self._nlu.ready(), False
        back, self._away = self._away and ready, not ready
        if back:
            async with self.database.unit_of_work() as uow:
                await hear_all_again(uow)

    async def _claim(self, turn_id: str) -> Message | None:
        async with self.database.unit_of_work() as uow:
            claim = update(Turn).where(
                Turn.id == turn_id,
                Turn.heard_at.is_(None),
                or_(Turn.hearing_until.is_(None), Turn.hearing_until < now()),
            )
            result = await uow.session.execute(
                claim.values(hearing_until=now() + timedelta(seconds=_LEASE_S)),
                execution_options={"synchronize_session": False},
            )
            if not isinstance(result, CursorResult) or result.rowcount != 1:
                return None
            turn = await uow.session.get_one(Turn, turn_id)
            return await uow.session.get_one(Message, turn.message_id)

    async def _hear(self, turn_id: str, message: Message) -> None:
        try:
            heard = None if message.payload is not None else await self._nlu.hear(message.text)
        except HearingFailed as failure:
            log.warning("hearing failed", error=str(failure))
            heard, self._in_doubt = None, True
        try:
            async with self.database.unit_of_work() as uow:
                await take_in(uow, turn_id, message, heard)
        except Exception:
            # The lease runs out and the message is heard again; nothing was half-written.
            log.exception("what was heard could not be kept", turn=turn_id)


async def take_in(uow: UnitOfWork, turn_id: str, message: Message, heard: Heard | None) -> None:
    """Act on what was heard (None: the listener failed, or the message is a tap) and let the turn go on to talking."""
    conversation = await conversations.lock(uow, message.conversation_id)
    turn = await uow.session.get_one(Turn, turn_id, populate_existing=True)
    turn.heard_at = now()
    uow.emit("turn.heard", conversation_id=conversation.id)
    own = sentinel().hear(message.text)
    if heard is None:
        if message.payload is None:
            again = now() + timedelta(seconds=await _pause(uow, turn.id))
            await schedule(uow, HEAR_AGAIN, turn.id, again)
            if own.decision == "checkin":
                await _act_on(uow, conversation, turn, message, [own])
            await _locate_by_clues(uow, conversation, replace(own, entities=clues_in(message.text)))
        return
    # What the words name (a child, somebody who cannot speak) counts whichever listener raised the alarm.
    heard = replace(
        heard, modifiers=sorted({*heard.modifiers, *own.modifiers}),
        entities=with_clues(heard.entities, message.text),
    )  # fmt: skip
    turn.parse = heard.parse
    await keep(uow, message, heard)
    _learn_role(conversation, heard)
    await _act_on(uow, conversation, turn, message, [heard, own])
    await _locate_by_clues(uow, conversation, heard)


async def _act_on(
    uow: UnitOfWork, conversation: Conversation, turn: Turn, message: Message, heard: list[Heard]
) -> None:
    """What the words call for, by the first that was heard (the NLU's, while it answers) and by sentinel's own doubt. Words
    that people have dealt with since they were written call for nothing more."""
    leading = heard[0]
    calling = [
        one for one in heard if one.decision == "checkin" or (one is leading and one.decision == "handover")
    ]
    if not calling:
        return
    stands = await late.standing(uow, conversation, message)
    if stands.settled:
        await late.keep_only(uow, conversation, message, gravest(calling))
    elif leading.decision == "handover":
        key = f"report:{message.id}:nlu"
        await raise_alarm(uow, conversation, leading, source="nlu", key=key, again=stands.reported)
    elif await _watch_was_ended(uow, conversation, turn, heard):
        await late.keep_only(uow, conversation, message, gravest(calling))
    else:
        await _check_in(uow, conversation, turn, heard)


async def _watch_was_ended(
    uow: UnitOfWork, conversation: Conversation, turn: Turn, heard: list[Heard]
) -> bool:
    """Whether sentinel alone had put these very words into the watch lane, while the NLU did not answer, and a named person has
    ended the watch since: what the NLU doubts about them begins none anew, however soon it is back."""
    if not any(one.listener == "sentinel" and one.decision == "checkin" for one in heard):
        return False
    first = select(func.min(Due.set_at, type_=Due.set_at.type)).where(
        Due.kind == HEAR_AGAIN, Due.subject == turn.id
    )
    since = (await uow.session.execute(first)).scalar()
    return since is not None and await late.watch_ended_since(uow, conversation, since)


async def _check_in(uow: UnitOfWork, conversation: Conversation, turn: Turn, heard: list[Heard]) -> None:
    """One check-in for all the listeners that want one, by the gravest of them, with the reasons of each. Sentinel's own needs
    no NLU: with Rasa down the watch lane and the question come all the same."""
    asking = [one for one in heard if one.decision == "checkin"]
    if not asking or conversation.grade in ("S0", "S1"):
        return
    because = [reason for one in asking for reason in one.because]
    asked = await checkins.begin(
        uow, conversation, replace(gravest(asking), because=because), turn.message_id
    )
    if asked and turn.state != "pending":
        # The answer went out while nothing could hear: no later one brings the question with it.
        if conversation.holder != "person":
            await checkins.ask(uow, conversation)
        return
    # Hearing a message again must not take back a question that is still owed.
    turn.ask = turn.ask or asked


async def _pause(uow: UnitOfWork, turn_id: str) -> float:
    """Seconds until a message that could not be heard is tried again."""
    before = (
        select(func.count()).select_from(Due).where(Due.kind == HEAR_AGAIN, Due.subject == turn_id, Due.done)
    )
    tried: int = (await uow.session.execute(before)).scalar_one()
    return min(_AGAIN_MOST_S, _AGAIN_S * 2.0 ** min(tried, 10))


async def hear_all_again(uow: UnitOfWork) -> None:
    """The NLU is back: whatever waits to be heard again is due now."""
    waiting = update(Due).where(Due.kind == HEAR_AGAIN, Due.done.is_(False), Due.due > now())
    await uow.session.execute(waiting.values(due=now()), execution_options={"synchronize_session": False})


@handles(HEAR_AGAIN)
async def on_hear_again(uow: UnitOfWork, firing: Firing) -> None:
    """The listener was away when this message came: it is heard as soon as it is back, whatever became of the answer."""
    turn = await uow.session.get(Turn, firing.subject)
    if turn is not None and turn.parse is None:
        turn.heard_at, turn.hearing_until = None, None
        uow.emit("turn.put", conversation_id=turn.conversation_id)


def _learn_role(conversation: Conversation, heard: Heard) -> None:
    """Who speaks, where the words say it and no token does: an officer, a friend of somebody missing, a driver."""
    said = {"police_request": "officer", "missing_person": "third_party", "driver_under_threat": "driver"}
    if conversation.role == "unknown" and heard.decision == "handover" and heard.intent in said:
        conversation.role = said[heard.intent]


async def _locate_by_clues(uow: UnitOfWork, conversation: Conversation, heard: Heard) -> None:
    """A plate, phone or order number in the words finds the trip of an incident that has none, or only a guessed one."""
    somebody_else = SOMEBODY_ELSE in heard.modifiers
    await locating.look_again(uow, conversation, clues_of(heard.entities), somebody_else=somebody_else)

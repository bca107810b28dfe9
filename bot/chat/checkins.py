"""Check-ins: a one-tap question beside the routine answer, and the watch lane behind it. A check-in never delays a
hand-over; "I'm fine" changes nothing for those who watch; silence on a live trip is an alarm."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.chat.alarm import raise_alarm
from bot.chat.listeners import Heard
from bot.chat.listeners.sentinel import normalise
from bot.chat.models import CheckIn
from bot.conversations import service as conversations
from bot.conversations import store
from bot.conversations.models import Conversation, Message
from bot.conversations.schemas import Button
from bot.followups import service as followups
from bot.handoff import service as handoff
from bot.handoff.watching import WATCH_OPEN as WATCH_OPEN
from bot.handoff.watching import is_opened
from bot.handoff.watching import opened as opened
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.due import Firing, cancel, handles, open_row, schedule
from bot.kit.ids import new_id
from bot.kit.locale import say
from bot.kit.now import now
from bot.policy import policy
from bot.rides.schemas import Trip

NEED_HELP, FINE = "/vigil_need_help", "/vigil_fine"
SILENCE = "check_in.silence"
# Whole messages that answer the open question as the tap for help does, by what was asked. "No need" and the like are not
# among them: they may as well refuse help as mean that none is needed.
_NEEDS_HELP = {
    "self": frozenset({
        "不", "否", "没", "没有", "不是", "并不", "不安全", "我不安全", "现在不安全", "我现在不安全", "不太安全", "不怎么安全",
        "不是很安全", "很不安全", "并不安全", "感觉不安全", "no", "nope", "nah", "not safe", "unsafe", "i'm not", "im not",
        "i am not", "no i'm not", "no, i'm not", "no im not", "no i am not", "no, i am not", "i am not safe", "not really",
        "no not really", "no, not really", "not at all", "i don't feel safe", "i dont feel safe", "i don't think so",
    }),
    "third": frozenset({
        "是", "是的", "有", "有的", "对", "对的", "yes", "yeah", "yep", "yes now", "yes, now", "yes there is", "yes, there is",
    }),
}  # fmt: skip
_MARKS = " 。.!,~、"


async def begin(uow: UnitOfWork, conversation: Conversation, heard: Heard, message_id: str) -> bool:
    """Put the conversation in the watch lane at once; returns whether the question is to be asked.

    A new distress in a conversation that somebody opened before it was said is owed a person's eyes anew.
    Nobody is asked twice unless another safety intent leads or the probability rises by 0.1; an officer is never asked.
    """
    why = {"probability": round(heard.probability, 3), "intent": heard.intent, "because": heard.because}
    message = await uow.session.get(Message, message_id)
    await handoff.watch(uow, conversation, why=why, said_at=message.at if message else None)
    if conversation.role == "officer" or not await _worth_asking(uow, conversation, heard):
        return False
    uow.session.add(
        CheckIn(
            id=new_id(), conversation_id=conversation.id, message_id=message_id, seq=conversation.next_seq,
            intent=heard.intent, probability=heard.probability, asked_at=now(),
        )
    )  # fmt: skip
    await uow.session.flush()
    return True


async def _worth_asking(uow: UnitOfWork, conversation: Conversation, heard: Heard) -> bool:
    query = select(CheckIn).where(CheckIn.conversation_id == conversation.id)
    asked = list((await uow.session.execute(query)).scalars())
    if not asked:
        return True
    if heard.intent not in {one.intent for one in asked}:
        return True
    highest = max(one.probability for one in asked)
    return heard.probability >= highest + policy().hearing.ask_again_probability_rise


async def _newest(uow: UnitOfWork, conversation: Conversation) -> CheckIn | None:
    """The last question that was asked in the conversation, None when none was."""
    query = (
        select(CheckIn)
        .where(CheckIn.conversation_id == conversation.id)
        .order_by(CheckIn.asked_at.desc())
        .limit(1)
    )
    return (await uow.session.execute(query)).scalar_one_or_none()


def _danger_in(asked: CheckIn | None) -> str | None:
    """The safety intent that the question was about, None when it was another or none."""
    if asked is None or not asked.intent or policy().intents[asked.intent].family != "safety":
        return None
    return asked.intent


async def ask(uow: UnitOfWork, conversation: Conversation) -> None:
    """Say the question with its two taps, and owe the alarm that silence on a live trip is."""
    third = conversation.role == "third_party"
    locale = conversation.locale
    form = "third" if third else "self"
    buttons: list[Button] = [
        {"title": say(f"check_in.{form}.yes", locale), "payload": NEED_HELP},
        {"title": say(f"check_in.{form}.no", locale), "payload": FINE},
    ]
    text = say(f"check_in.{form}.question", locale)
    asked = await _newest(uow, conversation)
    if asked is not None:
        # Silence counts from the question, which comes after the answer, not from the hearing.
        asked.asked_at = now()
    await conversations.append(
        uow, conversation, author="system", text=text, kind="check_in", buttons=buttons
    )
    if conversation.trip_live:
        silence = policy().hearing.check_in_silence_live_trip_s
        await schedule(uow, SILENCE, conversation.id, now() + timedelta(seconds=silence))


async def said_unsafe(uow: UnitOfWork, conversation: Conversation, text: str) -> bool:
    """Whether these words answer the question as the tap for help does: it is the last thing said to them, and the whole
    message is its answer. Whatever else is written goes on to the listeners and to those who watch."""
    asked = await store.last_said_to(uow.session, conversation.id)
    if asked is None or asked.kind != "check_in":
        return False
    said = normalise(text).strip(_MARKS)
    return any(
        said in words and asked.text in [say(f"check_in.{form}.question", locale) for locale in ("zh", "en")]
        for form, words in _NEEDS_HELP.items()
    )


async def answered(
    uow: UnitOfWork, conversation: Conversation, payload: str, key: str, *, in_words: bool = False
) -> None:
    """A tap, or in words what it says: need for help is S0; "I'm fine" is kept and changes nothing for those who watch."""
    answer = "need_help" if payload == NEED_HELP else "fine"
    asked = await _newest(uow, conversation)
    if asked is not None:
        asked.answer = answer
    await cancel(uow, conversation.id, SILENCE)
    await record(uow, f"check_in_{answer}", who="reporter", conversation_id=conversation.id, key=key)
    if answer == "need_help":
        intent = _danger_in(asked)
        because = "answered the check-in in words: needs help" if in_words else "tapped: needs help now"
        heard = Heard("check_in", "handover", 1.0, intent or "passenger_in_danger", "S0", [because])
        await raise_alarm(uow, conversation, heard, source="check_in", key=f"report:{key}")
        return
    await conversations.append(
        uow, conversation, author="system", text=say("check_in.kept", conversation.locale), kind="status"
    )


async def heard_again(uow: UnitOfWork, conversation: Conversation) -> None:
    """The reporter wrote something: that is not silence."""
    await cancel(uow, conversation.id, SILENCE)


@handles(SILENCE)
async def on_silence(uow: UnitOfWork, firing: Firing) -> None:
    """No tap and no message since the question, on a live trip: S1."""
    conversation = await conversations.lock(uow, firing.subject)
    if conversation.grade in ("S0", "S1") or conversation.watched_since is None:
        return
    if conversation.holder == "person":
        # Somebody who may have it has taken it since the question; the clock of the watch asks them.
        return
    asked = await _newest(uow, conversation)
    if asked is None or asked.answer is not None:
        return
    if conversation.last_reporter_at is not None and conversation.last_reporter_at > asked.asked_at:
        return
    safety = _danger_in(asked)
    heard = Heard(
        "check_in", "handover", asked.probability, safety or "route_deviation", "S1",
        ["no answer to the check-in on a live trip"],
    )  # fmt: skip
    await raise_alarm(uow, conversation, heard, source="silence", key=f"silence:{asked.id}")


@followups.on_live
async def on_live_trip(uow: UnitOfWork, conversation: Conversation, _trip: Trip) -> None:
    """The ride turned out to be live after the check-in: people look sooner, and from now on silence is an alarm."""
    if conversation.watched_since is None or conversation.grade in ("S0", "S1"):
        return
    row = await open_row(uow, WATCH_OPEN, conversation.id)
    rules = policy().hearing
    soon = now() + timedelta(seconds=rules.watch_open_live_trip_s)
    if row is not None and row.due > soon and not is_opened(conversation):
        await schedule(uow, WATCH_OPEN, conversation.id, soon, step=row.step)
    asked = await _newest(uow, conversation)
    if asked is None or asked.answer is not None or not await _said(uow, conversation, asked):
        return
    if conversation.last_reporter_at is None or conversation.last_reporter_at <= asked.asked_at:
        silence = now() + timedelta(seconds=rules.check_in_silence_live_trip_s)
        await schedule(uow, SILENCE, conversation.id, silence)


async def _said(uow: UnitOfWork, conversation: Conversation, asked: CheckIn) -> bool:
    """Whether the question has gone out; it comes after the answer, and not at all while a person holds the conversation."""
    query = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.kind == "check_in", Message.seq >= asked.seq
    )
    return (await uow.session.execute(query.limit(1))).first() is not None

"""The watch lane: conversations that a named person of the safety team must look at, though no case is open.

Its clock runs from the first distress until somebody has cleared the conversation, raised it, or answered its reporter.
Opening or taking it moves the clock on and puts a name to it; neither ends anything, and whoever leaves it unanswered gives it
back to the lane (docs/decisions/0015).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.identity.schemas import Member
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.due import Firing, cancel, handles, open_row, schedule
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.paging import service as paging
from bot.policy import is_safety, policy

WATCH_OPEN = "watch.open"
_OPENED = ("opened_by", "opened_at")


def _subject(conversation: Conversation) -> str:
    return f"watch:{conversation.id}"


async def watch(
    uow: UnitOfWork, conversation: Conversation, *, why: dict[str, Any], said_at: datetime | None = None
) -> bool:
    """Put the conversation in the safety team's watch lane, for what was said at `said_at` (None: just now).

    Returns whether a person must open it: it was not there yet, or whoever opened it did so before this was said. Then the
    clock on opening begins, and the team is told.
    """
    known = dict(conversation.watch_reason or {})
    since = known.get("opened_at")
    opened = "opened_by" in known
    news = opened and (said_at is None or since is None or said_at > datetime.fromisoformat(since))
    conversation.watch_reason = {**(_unopened(known) if news else known), **why}
    if conversation.watched_since is not None and not news:
        return False
    conversation.watched_since = conversation.watched_since or now()
    await record(uow, "watched", who="software:hearing", conversation_id=conversation.id, **why)
    conversations.changed(uow, conversation)
    await _owe_opening(uow, conversation)
    return True


def _unopened(reason: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reason.items() if name not in _OPENED}


async def _owe_opening(uow: UnitOfWork, conversation: Conversation) -> None:
    """From now on, and never later than the clock would have rung without the news."""
    rules = policy().hearing
    delay = rules.watch_open_live_trip_s if conversation.trip_live else rules.watch_open_s
    due, row = now() + timedelta(seconds=delay), await open_row(uow, WATCH_OPEN, conversation.id)
    step = row.step if row is not None else 0
    await schedule(uow, WATCH_OPEN, conversation.id, min(due, row.due) if row is not None else due, step=step)
    await paging.announce(uow, subject=_subject(conversation), team="safety", conversation_id=conversation.id)


async def opened(uow: UnitOfWork, conversation: Conversation, staff_id: str, name: str) -> None:
    """A named person of the safety team looks at the watched conversation: its pages stop, and the clock asks again after the
    policy's time. The same conversation opened once more moves nothing; not watched, nothing happens."""
    if conversation.watched_since is None or is_opened(conversation):
        return
    await _put_name(uow, conversation, name)
    await record(uow, "watch_opened", who=f"staff:{staff_id}", conversation_id=conversation.id, name=name)


async def taken(uow: UnitOfWork, conversation: Conversation, staff: Member) -> None:
    """Somebody who may have it has accepted the watched conversation: it is theirs to answer, by the clock. One with an open
    S0/S1 has been raised, and the clocks of its case run from here."""
    if conversation.watched_since is None:
        return
    if is_safety(conversation.grade):  # type: ignore[arg-type]
        await end_watch(uow, conversation, who=staff.who, reason="taken over by a person")
    else:
        await _put_name(uow, conversation, staff.name)


async def _put_name(uow: UnitOfWork, conversation: Conversation, name: str) -> None:
    known = conversation.watch_reason or {}
    conversation.watch_reason = {**known, "opened_by": name, "opened_at": iso(now())}
    again = now() + timedelta(seconds=policy().hearing.watch_open_s)
    await schedule(uow, WATCH_OPEN, conversation.id, again)
    await paging.stop(uow, _subject(conversation))
    conversations.changed(uow, conversation)


def is_opened(conversation: Conversation) -> bool:
    """Whether a named person has opened the watched conversation since the newest distress."""
    return "opened_by" in (conversation.watch_reason or {})


async def settled(uow: UnitOfWork, conversation: Conversation, staff: Member, reason: str) -> None:
    """The holder has answered the reporter or resolved what they wrote: a watch is over if they are one who might clear it."""
    if conversation.watched_since is not None and staff.may("clear_watch"):
        await end_watch(uow, conversation, who=staff.who, reason=reason)


async def left(uow: UnitOfWork, conversation: Conversation) -> None:
    """Whoever held it has gone: if it is watched still, it is as if nobody had opened it."""
    if conversation.watched_since is None:
        return
    conversation.watch_reason = _unopened(conversation.watch_reason or {})
    await _owe_opening(uow, conversation)


async def end_watch(uow: UnitOfWork, conversation: Conversation, *, who: str, reason: str) -> None:
    """A named person cleared it, answered its reporter or took its case; silence never does. Its clock and pages end."""
    conversation.watched_since, conversation.watch_reason = None, None
    await cancel(uow, conversation.id, WATCH_OPEN)
    await paging.stop(uow, _subject(conversation))
    await record(uow, "watch_ended", who=who, conversation_id=conversation.id, reason=reason)
    conversations.changed(uow, conversation)


@handles(WATCH_OPEN)
async def on_watch_owed(uow: UnitOfWork, firing: Firing) -> None:
    """Nobody opened the watched conversation in time, or whoever did has neither cleared, raised nor answered it: page the
    supervisor, and again until somebody does. While an S0/S1 is open in it, the clocks of that case page people; this one goes
    on without a sound, because the watch lasts if the case is lowered."""
    conversation = await conversations.lock(uow, firing.subject)
    if conversation.watched_since is None:
        return
    step = firing.step
    if not is_safety(conversation.grade):  # type: ignore[arg-type]
        await _page(uow, conversation, step)
        step += 1
    again = now() + timedelta(seconds=policy().hearing.watch_open_s)
    await schedule(uow, WATCH_OPEN, conversation.id, again, step=step)


async def _page(uow: UnitOfWork, conversation: Conversation, step: int) -> None:
    state = "undecided" if is_opened(conversation) else "unopened"
    await record(uow, f"watch_{state}", who="software:hearing", conversation_id=conversation.id, step=step)
    await paging.page(
        uow, subject=_subject(conversation), reference=conversation.id[-6:].upper(), team="supervisor", grade="S1",
        step=step, headline={locale: say(f"watch.{state}", locale) for locale in ("zh", "en")}, widen=step > 0,
        everyone=False,
    )  # fmt: skip
    uow.emit(
        "alarm", conversation_id=conversation.id, grade="S1", team="supervisor", step=step, reference=None
    )
    if conversation.holder == "person":
        uow.emit(
            "reminder", conversation_id=conversation.id, clock="watch", staff_id=conversation.holder_staff_id
        )

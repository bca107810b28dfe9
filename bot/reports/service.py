"""The report of a period, and where the figures that other rooms own come in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Unprocessable
from bot.identity import service as identity
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.policy import policy
from bot.reports import breaches, contacts, figures, histories, store
from bot.reports.figures import Measured, Of
from bot.reports.rows import Held, Period, Topic
from bot.reports.schemas import GaveUp, HeldDriver, Promises, Repeat, Report, Satisfaction
from bot.reports.schemas import Topic as TopicWire
from bot.reports.waits import PlainWait, Wait

Ratings = Callable[[AsyncSession, datetime, datetime], Awaitable[Satisfaction]]
_ratings: Ratings | None = None


def ratings_from(read: Ratings) -> None:
    """Who keeps ratings says so here: `read(session, start, end)` gives the satisfaction of [start, end). Until somebody
    does, the report says that nothing is known (null)."""
    global _ratings
    _ratings = read


def days_of(first: date | None, last: date | None) -> tuple[date, date]:
    """The local days of a report: the last seven unless named. Raises Unprocessable `report_days` for an end before the
    beginning, `report_too_long` for more days than the policy's."""
    last = last or figures.local_day(now())
    first = first or last - timedelta(days=6)
    most = policy().reports.longest_days
    if first > last:
        raise Unprocessable("report_days", first=first.isoformat(), last=last.isoformat())
    if (last - first).days >= most:
        raise Unprocessable("report_too_long", days=most)
    return first, last


async def report(session: AsyncSession, first: date, last: date, locale: str) -> Report:
    """Every figure of the local days `first` to `last`, both inside."""
    return await over(session, figures.period_of(first, last), locale)


async def over(session: AsyncSession, period: Period, locale: str) -> Report:
    """Every figure of a period; days are local ones."""
    until = now()
    walked, plain = await histories.walked(session, period), await histories.plain(session, period)
    routine = figures.routine_waits(await store.routine_hand_overs(session, period), period, until)
    accept = [*_measured(walked, plain, "accept", period, until), *routine]
    late = figures.late([*walked, *figures.broke_a_clock(plain, until)], period, until)
    broken, hidden = await breaches.listed(session, period, late, await _names(session), locale)
    starts, clocks = figures.day_starts(period), policy().reports
    named = await contacts.topics(session, period, starts, timedelta(days=clocks.repeat_within_days))
    silent = until - timedelta(seconds=clocks.given_up_after_s)
    wrote = await contacts.begun(session, period, starts, silent)
    return Report(
        from_=figures.local_day(period.start).isoformat(),
        to=figures.local_day(period.end - timedelta(microseconds=1)).isoformat(),
        zone=policy().reports.zone, made_at=iso(until) or "",
        grades=figures.by_grade(accept, _measured(walked, plain, "decide", period, until)),
        breaches=broken, hidden_breaches=hidden, repeats=await _repeats(session, period, locale),
        drivers=await _drivers(session, locale), promises=await _promises(session, period),
        gave_up=await _gave_up(session, period, locale), topics=_topics(named, locale),
        contacts=figures.contacts(wrote, named),
        satisfaction=await _ratings(session, period.start, period.end) if _ratings is not None else None,
        days=figures.days(starts, accept, breaches.moments(late, broken), wrote, named),
    )  # fmt: skip


def _measured(
    walked: list[Wait], plain: list[PlainWait], of: Of, period: Period, until: datetime
) -> list[Measured]:
    """Of the waits that began in the period."""
    return [
        *figures.measured((one for one in walked if period.holds(one.began)), of, until),
        *figures.measured_plain((one for one in plain if period.holds(one.began)), of, until),
    ]


async def _names(session: AsyncSession) -> dict[str, str]:
    return {one.id: one.name for one in await identity.enabled_members(session)}


async def _repeats(session: AsyncSession, period: Period, locale: str) -> list[Repeat]:
    rows = await store.repeats(session, period)
    conversations = await store.first_conversations(session, [row.id for row in rows])
    return [
        Repeat(
            reference=row.reference, conversation_id=conversations.get(row.id), grade=row.grade,
            label=say(f"intent.{row.kind}", locale), reports=row.reports, state=row.state,
            last_at=iso(row.last_report_at) or "",
        )
        for row in rows
    ]  # fmt: skip


async def _drivers(session: AsyncSession, locale: str) -> list[HeldDriver]:
    held = await store.held_drivers(session)
    conversations = await store.first_conversations(session, [one.case_id for one in held])
    return [
        HeldDriver(
            driver_id=one.driver_id, driver_name=one.driver_name, reference=one.reference,
            conversation_id=conversations.get(one.case_id), label=say(f"intent.{one.kind}", locale),
            since=iso(one.held_at or one.asked_at) or "", state=one.state, overdue=_overdue(one),
        )
        for one in held
    ]  # fmt: skip


def _overdue(held: Held) -> bool:
    """Whether the review that is owed now has run out: each time that it does it is set anew, one step on."""
    if held.review_due is None:
        return False
    return bool(held.review_step) or held.review_due < now()


async def _promises(session: AsyncSession, period: Period) -> Promises:
    counted = await store.promises(session, period)
    return Promises(
        given=counted.get("promise_made", 0), kept=counted.get("promise_kept", 0),
        broken=counted.get("promise_broken", 0), open=counted["open"],
    )  # fmt: skip


async def _gave_up(session: AsyncSession, period: Period, locale: str) -> list[GaveUp]:
    silent = now() - timedelta(seconds=policy().reports.given_up_after_s)
    rows = await store.gave_up(session, period, silent)
    cases = await store.worst_cases(session, [row.conversation_id for row in rows])
    found = []
    for row in rows:
        case = cases.get(row.conversation_id)
        found.append(
            GaveUp(
                conversation_id=row.conversation_id, reference=case.reference if case else None,
                grade=case.grade if case else row.grade or "S3", label=say(f"intent.{case.kind}", locale) if case else None,
                asked_at=iso(row.asked_at) or "", last_at=iso(row.last_reporter_at) or "",
                waited_s=max(0.0, (row.last_reporter_at - row.asked_at).total_seconds()),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.grade, one.asked_at))


def _topics(topics: list[Topic], locale: str) -> list[TopicWire]:
    """By number of conversations; the share is of all conversations that named any matter."""
    counted: dict[str, int] = {}
    for one in topics:
        counted[one.intent] = counted.get(one.intent, 0) + one.conversations
    whole = sum(one.first for one in topics)
    return [
        TopicWire(
            intent=intent, label=say(f"intent.{intent}", locale), conversations=count, share=count / whole,
            defect=intent in policy().reports.defects,
        )
        for intent, count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    ]  # fmt: skip

"""The daily digest: made once for each stretch of time, mailed through the outbox, and its S0 breaches acknowledged by name.

No stretch is left out: a digest begins where the last one ended, whatever happened to the desk in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Due, schedule
from bot.kit.ids import new_id
from bot.kit.now import iso, now
from bot.paging import service as paging
from bot.policy import policy
from bot.reports import words
from bot.reports.breaches import label
from bot.reports.figures import zone
from bot.reports.links import digest_of
from bot.reports.models import Digest
from bot.reports.rows import Period
from bot.reports.schemas import DigestBreach, Digests, DigestState, Report
from bot.settings import Settings, settings

log = structlog.get_logger(__name__)
DAILY, UNACKNOWLEDGED = "reports.digest", "reports.unacknowledged"
MAKE, MAIL = "reports.make", "reports.mail"
_LONGEST = timedelta(days=31)


def addresses(of: Settings | None = None) -> list[str]:
    """The executive's addresses."""
    return paging.split((of or settings()).executive_url)


def wrong_with_executive(of: Settings) -> list[str]:
    """What is wrong with VIGIL_EXECUTIVE_URL, each as a sentence that says what to do."""
    wrong = []
    for number, address in enumerate(addresses(of), 1):
        if (why := paging.wrong_with(address)) is not None:
            wrong.append(f"VIGIL_EXECUTIVE_URL, address {number}: {why}.")
    if of.executive_url.strip() and not addresses(of):
        wrong.append(
            "VIGIL_EXECUTIVE_URL: it names no address; write one such as mailtos://user:password@host/?to=…"
        )
    return wrong


def next_digest_at(after: datetime) -> datetime:
    """The first moment after `after` at which the wall clock of the policy's zone reads `digest_at`."""
    hour, minute = map(int, policy().reports.digest_at.split(":"))
    local = after.astimezone(zone())
    for days in range(3):
        day = (local + timedelta(days=days)).date()
        at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone())
        if at > after:
            return at
    raise AssertionError("unreachable")


async def last(session: AsyncSession) -> Digest | None:
    """The newest digest."""
    return (await session.execute(select(Digest).order_by(Digest.until.desc()).limit(1))).scalar_one_or_none()


async def stretch(session: AsyncSession, until: datetime) -> Period | None:
    """What a digest made for `until` covers: from the end of the last one (a day, before the first). None if that is done."""
    before = await last(session)
    since = before.until if before is not None else until - timedelta(days=1)
    return Period(max(since, until - _LONGEST), until) if since < until else None


async def write(uow: UnitOfWork, period: Period, found: Report) -> Digest | None:
    """Keep the digest of a stretch and owe its mail; S0 breaches in it owe an acknowledgement. None if it was made before."""
    known = await uow.session.execute(select(Digest.id).where(Digest.until == period.end))
    if known.first() is not None:
        return None
    chosen, digest_id = settings(), new_id()
    s0 = [
        {"case_id": one.case_id, "reference": one.reference, "kind": one.intent, "clock": one.kind,
         "name": one.name or ", ".join(one.paged) or None}
        for one in found.breaches if one.grade == "S0"
    ]  # fmt: skip
    title, body = words.digest(found, period, digest_id if s0 else None, chosen.executive_locale)
    digest = Digest(
        id=digest_id, since=period.start, until=period.end, made_at=now(), name=chosen.executive_name,
        locale=chosen.executive_locale, s0=s0, title=title, body=body, sent_at=None, error=None, reminders=0,
        acknowledged_at=None, acknowledged_by=None,
    )  # fmt: skip
    uow.session.add(digest)
    await uow.session.flush()
    await owe_mail(uow, digest)
    if s0:
        await schedule(
            uow, UNACKNOWLEDGED, digest.id, now() + timedelta(seconds=policy().reports.remind_after_s)
        )
    uow.emit("digest.made", digest_id=digest.id)
    return digest


async def owe_mail(uow: UnitOfWork, digest: Digest) -> None:
    """One delivery an address, for this sending of the digest."""
    for slot in range(len(addresses())):
        key = f"{digest.id}:{digest.reminders}:{slot}"
        await outbox.put(uow, MAIL, key, {"digest": digest.id, "slot": slot, "reminder": digest.reminders})


@dataclass(frozen=True)
class Look:
    """What a link leads to. state: open, done (acknowledged just now), used (before), forged (or unknown)."""

    state: Literal["open", "done", "used", "forged"]
    digest: Digest | None = None


async def look(session: AsyncSession, token: str, *, lock: bool = False) -> Look:
    """What the link leads to; changes nothing."""
    digest_id = digest_of(token)
    digest = (
        await session.get(Digest, digest_id, with_for_update=lock or None) if digest_id is not None else None
    )
    if digest is None:
        return Look("forged")
    return Look("open" if digest.acknowledged_at is None else "used", digest)


async def acknowledge(uow: UnitOfWork, token: str) -> Look:
    """The executive has seen the S0 breaches: kept with the name, and in each case's timeline. Once; a forged link does
    nothing."""
    found = await look(uow.session, token, lock=True)
    if found.state != "open" or found.digest is None:
        return found
    digest = found.digest
    digest.acknowledged_at, digest.acknowledged_by = now(), digest.name
    for case_id in dict.fromkeys(one["case_id"] for one in digest.s0 if one["case_id"]):
        await record(
            uow, "breach_acknowledged", who="software:digest", case_id=case_id, key=f"digest:{digest.id}:{case_id}",
            name=digest.name,
        )  # fmt: skip
    uow.emit("digest.acknowledged", digest_id=digest.id)
    return Look("done", digest)


def state_of(digest: Digest, locale: str) -> DigestState:
    """A digest as the board shows it."""
    overdue = timedelta(seconds=policy().reports.remind_after_s)
    owed = bool(digest.s0) and digest.acknowledged_at is None
    return DigestState(
        id=digest.id, until=iso(digest.until) or "", sent_at=iso(digest.sent_at), error=digest.error, name=digest.name,
        s0_breaches=[_breach(one, locale) for one in digest.s0], acknowledged_at=iso(digest.acknowledged_at),
        reminders=digest.reminders, overdue=owed and digest.made_at + overdue <= now(),
    )  # fmt: skip


def _breach(one: dict[str, Any], locale: str) -> DigestBreach:
    return DigestBreach(reference=one["reference"], label=label(one["clock"], locale), name=one["name"])


async def states(session: AsyncSession, locale: str) -> Digests:
    """Whether anybody gets digests, the last one, and those whose S0 breaches nobody has acknowledged, oldest first."""
    query = select(Digest).where(Digest.acknowledged_at.is_(None)).order_by(Digest.until)
    newest = await last(session)
    due = (await session.execute(select(Due.due).where(Due.kind == DAILY, Due.done.is_(False)))).scalar()
    return Digests(
        configured=bool(addresses()), name=settings().executive_name, next_at=iso(due),
        last=state_of(newest, locale) if newest is not None else None,
        open=[state_of(one, locale) for one in (await session.execute(query)).scalars() if one.s0],
    )  # fmt: skip


async def health(db: Database) -> str:
    """What /readyz says: one warning without an executive; never a failure."""
    if not addresses():
        return "no executive gets the daily digest: set VIGIL_EXECUTIVE_URL"
    async with db.reading() as session:
        found = await states(session, "en")
    if found.last is not None and found.last.error is not None and found.last.sent_at is None:
        return f"the last digest could not be mailed: {found.last.error}"
    return f"the daily digest goes to {found.name}"

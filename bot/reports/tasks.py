"""When the digest is due, made, mailed, and mailed again because nobody has acknowledged it."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from bot.kit import outbox
from bot.kit.database import Database, UnitOfWork
from bot.kit.due import Firing, handles, open_row, schedule
from bot.kit.now import iso, now
from bot.kit.outbox import Delivery
from bot.paging import service as paging
from bot.policy import policy
from bot.reports import digest as digests
from bot.reports import service, words
from bot.reports.digest import DAILY, MAIL, MAKE, UNACKNOWLEDGED
from bot.reports.models import Digest
from bot.settings import Settings, settings

log = structlog.get_logger(__name__)
_SUBJECT = "daily"
_ATTEMPTS = 12
_SEND_LIMIT_S = 15.0


async def start(uow: UnitOfWork) -> None:
    """Owe the next digest unless it is owed. Called when the desk starts."""
    if await open_row(uow, DAILY, _SUBJECT) is None:
        await schedule(uow, DAILY, _SUBJECT, digests.next_digest_at(now()))


@handles(DAILY)
async def on_daily(uow: UnitOfWork, firing: Firing) -> None:
    """The hour has come: the digest is made outside this transaction. Late by days, one digest covers them all."""
    until = firing.due
    while (after := digests.next_digest_at(until)) <= now():
        until = after
    if digests.addresses():
        await outbox.put(uow, MAKE, iso(until) or "", {"until": until.isoformat()})
    else:
        log.warning("nobody gets the daily digest", setting="VIGIL_EXECUTIVE_URL")
    await schedule(uow, DAILY, _SUBJECT, after, step=firing.step + 1)


@handles(UNACKNOWLEDGED)
async def on_unacknowledged(uow: UnitOfWork, firing: Firing) -> None:
    """Nobody has acknowledged the S0 breaches: sent again, and again a day later, until somebody has."""
    digest = await uow.session.get(Digest, firing.subject, with_for_update=True)
    if digest is None or digest.acknowledged_at is not None:
        return
    digest.reminders += 1
    log.error("S0 breaches not acknowledged", digest=digest.id, name=digest.name, reminders=digest.reminders)
    await digests.owe_mail(uow, digest)
    again = timedelta(seconds=policy().reports.remind_after_s)
    await schedule(uow, UNACKNOWLEDGED, digest.id, now() + again, step=firing.step + 1)
    uow.emit("digest.unacknowledged", digest_id=digest.id)


class DigestPost:
    """Makes and mails digests through the outbox."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def register(self) -> None:
        outbox.delivers(MAKE, self.make, attempts=200)
        outbox.delivers(MAIL, self.mail, attempts=_ATTEMPTS, on_failure=self.not_mailed)

    async def make(self, delivery: Delivery) -> None:
        """Compute the figures in a reading transaction, then keep them: the writer is held for an instant only."""
        until = datetime.fromisoformat(delivery.payload["until"])
        async with self._db.reading() as session:
            period = await digests.stretch(session, until)
            if period is None:
                return
            found = await service.over(session, period, settings().executive_locale)
        async with self._db.unit_of_work() as uow:
            await digests.write(uow, period, found)

    async def mail(self, delivery: Delivery) -> None:
        """Send one digest to one address. One acknowledged meanwhile is not sent again. Raises NotDelivered."""
        told = delivery.payload
        async with self._db.reading() as session:
            digest = await session.get_one(Digest, told["digest"])
        ways = digests.addresses()
        if told["slot"] >= len(ways) or (told["reminder"] > 0 and digest.acknowledged_at is not None):
            return
        title = words.again(digest.title, digest.locale) if told["reminder"] > 0 else digest.title
        message = paging.Outgoing(title, digest.body, grave=bool(digest.s0))
        await paging.send(ways[told["slot"]], message, limit_s=_SEND_LIMIT_S)
        async with self._db.unit_of_work() as uow:
            digest = await uow.session.get_one(Digest, digest.id, with_for_update=True)
            digest.sent_at, digest.error = digest.sent_at or now(), None

    async def not_mailed(self, uow: UnitOfWork, delivery: Delivery, error: str) -> None:
        """Known to the board from the first failure on."""
        digest = await uow.session.get_one(Digest, delivery.payload["digest"], with_for_update=True)
        digest.error = error


def register(database: Database, chosen: Settings) -> None:
    """Make the outbox carry out digests. Raises ValueError with sentences for an executive's address that is wrong."""
    if wrong := digests.wrong_with_executive(chosen):
        raise ValueError("\n".join(wrong))
    DigestPost(database).register()

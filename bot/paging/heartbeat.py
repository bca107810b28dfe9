"""Is paging itself alive: a record per team channel, the alarm when one dies, and the health that /readyz
shows."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.kit.database import UnitOfWork
from bot.kit.due import Due
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.outbox import OutboxRow
from bot.paging import calling, channels
from bot.paging.channels import FIRST, SECOND
from bot.paging.models import Beat
from bot.paging.schemas import Health

log = structlog.get_logger(__name__)
BEAT, HEARTBEAT = "page.heartbeat", "paging.heartbeat"
# Failures in a row after which a channel counts as dead; the heartbeat tries as often, within seconds.
DEAD_AFTER = 3
# A due heartbeat or a waiting delivery that nobody has touched for this long: the workers themselves stand
# still.
_STUCK = timedelta(seconds=60)


def places() -> list[tuple[int, int, str]]:
    """Every team address as (way, slot, address)."""
    first, second = channels.team_ways()
    return [(FIRST, n, one) for n, one in enumerate(first)] + [
        (SECOND, n, one) for n, one in enumerate(second)
    ]


async def note(uow: UnitOfWork, way: int, slot: int, address: str, failure: str | None) -> None:
    """A team channel carried something, or failed to. Its death and its return are alarmed, once each."""
    row = await _beat(uow, f"{way}:{slot}", address)
    row.tried_at = now()
    if failure is None:
        row.ok_at, row.failures, row.error = now(), 0, None
    else:
        row.failed_at, row.failures, row.error = now(), row.failures + 1, failure
    was, row.dead = row.dead, row.failures >= DEAD_AFTER
    await uow.session.flush()
    if row.dead and not was:
        await _died(uow, row)
    elif was and not row.dead:
        uow.emit("paging.alive", channel=row.channel, label=row.label)
        await calling.stop(uow, f"pager:{row.channel}")


async def _beat(uow: UnitOfWork, channel: str, address: str) -> Beat:
    """The channel's record; a changed address starts anew. All records are locked, in order: two channels
    that die at the same moment must not each see the other alive."""
    query = select(Beat).order_by(Beat.channel).with_for_update().execution_options(populate_existing=True)
    rows = {row.channel: row for row in (await uow.session.execute(query)).scalars()}
    row = rows.get(channel)
    mark = channels.fingerprint(address)
    if row is None:
        row = Beat(
            channel=channel,
            label=channels.label(address),
            fingerprint=mark,
            tried_at=now(),
            ok_at=None,
            failed_at=None,
            error=None,
            failures=0,
            dead=False,
        )
        uow.session.add(row)
    elif row.fingerprint != mark:
        row.label, row.fingerprint, row.ok_at, row.failed_at = channels.label(address), mark, None, None
        row.error, row.failures, row.dead = None, 0, False
    return row


async def _died(uow: UnitOfWork, row: Beat) -> None:
    """The supervisor hears of it in the desk and by the ways that are left; with none left, paging itself is
    dead."""
    beats = await _current(uow.session)
    alone = all(one.dead for one in beats.values()) and len(beats) == len(places())
    log.error("pager channel is dead", channel=row.channel, kind=row.label, error=row.error, all_dead=alone)
    uow.emit("paging.dead", channel=row.channel, label=row.label, error=row.error, all=alone)
    headline = {locale: say("paging.channel_dead", locale, label=row.label) for locale in ("zh", "en")}
    await calling.page(
        uow,
        subject=f"pager:{row.channel}",
        reference="PAGER",
        team="supervisor",
        grade="S1",
        step=0,
        headline=headline,
        widen=False,
        everyone=False,
    )


async def _current(session: AsyncSession) -> dict[str, Beat]:
    """The records of the addresses that are set now."""
    marks = {f"{way}:{slot}": channels.fingerprint(address) for way, slot, address in places()}
    rows = (await session.execute(select(Beat).where(Beat.channel.in_(marks)))).scalars()
    return {row.channel: row for row in rows if row.fingerprint == marks[row.channel]}


async def health(session: AsyncSession) -> Health:
    """Whether a page would get out, for /readyz. False when every team channel is dead, or when nothing fires
    the heartbeat or carries out deliveries. Without any outside pager it is true and says so."""
    stuck = await _stuck(session)
    if not places():
        return Health(not stuck, ["no outside pager configured: pages are shown in the desk only", *stuck])
    beats = await _current(session)
    dead = [row for row in beats.values() if row.dead]
    words = [
        f"{row.label} ({row.channel}) has failed {row.failures} times in a row, last at {iso(row.failed_at)}: {row.error}"
        for row in dead
    ]
    waiting = len(places()) - len(beats)
    if waiting:
        words.append(f"{waiting} of {len(places())} pager addresses have not been tried yet")
    if not channels.team_ways()[1]:
        words.append("no second pager: set VIGIL_SECOND_PAGER, a page needs a second way out")
    return Health(not stuck and len(dead) < len(places()), words + stuck)


async def _stuck(session: AsyncSession) -> list[str]:
    due = (await session.execute(select(Due.due).where(Due.kind == HEARTBEAT, Due.done.is_(False)))).scalar()
    words = []
    if due is None:
        words.append(
            "the heartbeat of paging is not scheduled: call bot.paging.tasks.start when the desk starts"
        )
    elif due < now() - _STUCK:
        words.append(f"the heartbeat of paging has been overdue since {iso(due)}: the ticker stands still")
    query = (
        select(OutboxRow.due)
        .where(
            OutboxRow.kind.in_((calling.DELIVER, BEAT)),
            OutboxRow.state == "waiting",
            OutboxRow.due < now() - _STUCK,
        )
        .order_by(OutboxRow.due)
    )
    oldest = (await session.execute(query.limit(1))).scalar()
    if oldest is not None:
        words.append(f"pages have been waiting since {iso(oldest)}: the outbox stands still")
    return words

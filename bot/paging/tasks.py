"""What happens when the heartbeat beats and when the rota is looked over. Carrying out is in delivery.py."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.kit import outbox
from bot.kit.database import UnitOfWork
from bot.kit.due import Firing, handles, open_row, schedule
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.paging import calling, heartbeat, oncall
from bot.paging.heartbeat import BEAT, HEARTBEAT
from bot.paging.models import PagedSubject
from bot.paging.settings import paging_settings
from bot.policy import policy

log = structlog.get_logger(__name__)
ROTA_WATCH = "paging.rota_watch"
_ROTA_EVERY = timedelta(minutes=5)
_LOOK_AHEAD_H = 24.0


async def start(uow: UnitOfWork) -> None:
    """Owe the heartbeat and the look at the rota, at once, unless they are owed already. Called when the desk
    starts."""
    for kind in (HEARTBEAT, ROTA_WATCH):
        if await open_row(uow, kind, "paging") is None:
            await schedule(uow, kind, "paging", now())


async def look_at_rota_now(uow: UnitOfWork) -> None:
    """Somebody on the rota may have gone: an hour that this leaves empty is told now, not at the next look."""
    row = await open_row(uow, ROTA_WATCH, "paging")
    await schedule(uow, ROTA_WATCH, "paging", now(), step=row.step if row is not None else 0)


@handles(HEARTBEAT)
async def on_heartbeat(uow: UnitOfWork, firing: Firing) -> None:
    """A test through every team channel, and the next one owed."""
    for way, slot, _ in heartbeat.places():
        await outbox.put(
            uow, BEAT, f"{iso(firing.due)}:{firing.step}:{way}:{slot}", {"way": way, "slot": slot}
        )
    again = timedelta(seconds=paging_settings().heartbeat_s)
    await schedule(uow, HEARTBEAT, firing.subject, now() + again, step=firing.step + 1)


@handles(ROTA_WATCH)
async def on_rota_watch(uow: UnitOfWork, firing: Firing) -> None:
    """An hour without anybody is an alarm: the supervisor is paged while it lasts, and once for each that is
    coming."""
    found = await oncall.gaps(uow.session, now(), _LOOK_AHEAD_H)
    empty = {gap.team for gap in found if gap.start <= now()}
    for team, rules in policy().teams.items():
        if team in empty:
            log.error("rota is empty", team=team)
            uow.emit("rota.empty", team=team, subject=f"rota:{team}", reference="ROTA", called=0)
            await _page_supervisor(uow, f"rota:{team}", "S1", firing.step, "paging.rota_empty", team=team)
        elif rules.never_closed:
            await calling.stop(uow, f"rota:{team}")
    for gap in found:
        subject = f"rota:{gap.team}:{iso(gap.start)}"
        if gap.team not in empty and await uow.session.get(PagedSubject, subject) is None:
            await _page_supervisor(uow, subject, "S2", 0, "paging.rota_gap", team=gap.team, at=iso(gap.start))
    await schedule(uow, ROTA_WATCH, firing.subject, now() + _ROTA_EVERY, step=firing.step + 1)


async def _page_supervisor(
    uow: UnitOfWork, subject: str, grade: str, step: int, key: str, **values: str | None
) -> None:
    headline = {locale: say(key, locale, **values) for locale in ("zh", "en")}
    await calling.page(
        uow,
        subject=subject,
        reference="ROTA",
        team="supervisor",
        grade=grade,
        step=step,
        headline=headline,
        widen=False,
        everyone=False,
    )

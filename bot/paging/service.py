"""Paging as the other features see it. It knows only an opaque subject: who is called about what is theirs to
say.

Events it emits: page {staff_ids, subject, grade, reference, step}; notice {staff_ids, subject, team,
conversation_id}; page.stopped; page.seen {subject, reference, step, staff_id, name, at}; page.forged
{staff_ids, client}; paging.failing and paging.failed {subject, step, name, error, other_ways}; paging.dead
{channel, label, error, all} and paging.alive; rota.empty {team, subject, reference, called}; rota.changed;
channels.changed.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.paging import heartbeat
from bot.paging.acknowledging import Seen, forged, on_seen
from bot.paging.calling import announce, page, stop
from bot.paging.channels import NotDelivered, Outgoing, send, split, wrong_with
from bot.paging.files import check_rota, check_settings, ensure_demo_rota
from bot.paging.oncall import everyone_on_call, gaps, on_call, rota_is_empty_now
from bot.paging.schemas import Gap, Health, OnCall
from bot.paging.tasks import look_at_rota_now, start

__all__ = [
    "Gap",
    "Health",
    "NotDelivered",
    "OnCall",
    "Outgoing",
    "Seen",
    "announce",
    "check_rota",
    "check_settings",
    "ensure_demo_rota",
    "everyone_on_call",
    "forged",
    "gaps",
    "health",
    "look_at_rota_now",
    "on_call",
    "on_seen",
    "page",
    "rota_is_empty_now",
    "send",
    "split",
    "start",
    "stop",
    "wrong_with",
]


async def health(session: AsyncSession) -> str:
    """What /readyz says of the pagers. Raises RuntimeError with the same words when no page would get out."""
    found = await heartbeat.health(session)
    words = "; ".join(found.words) or "every channel answers"
    if not found.ok:
        raise RuntimeError(words)
    return words

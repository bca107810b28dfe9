"""Changing who is on call, and where people are reached. A change that leaves a gap, names somebody unknown
or does not parse is refused in words and nothing of it is written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete

from bot.errors import Conflict, Missing, NotAllowed, Unprocessable
from bot.identity.schemas import Member
from bot.kit.database import UnitOfWork
from bot.kit.ids import new_id
from bot.kit.now import iso, now
from bot.kit.vault import seal
from bot.paging import channels, oncall, rota, staff, store
from bot.paging.models import Override, PersonalChannel, RotaChange, Shift
from bot.paging.schemas import Gap, HandoverBody, OverrideBody, RotaBody, ShiftBody
from bot.policy import policy

# Turns of two zones can part when one of them changes its clocks, and a dated change can hide a hole until it ends: a year
# shows both.
_CHECKED_AHEAD = timedelta(days=400)
_LONGEST_OVERRIDE = timedelta(days=62)


async def replace_rota(uow: UnitOfWork, by: Member, body: RotaBody) -> None:
    """Set the whole weekly rota. Raises Conflict when somebody else changed it meanwhile; Unprocessable for
    an unknown person, team or zone, a person who may not serve the team, and an hour without anybody."""
    by.must("edit_rota")
    current = await store.version(uow.session)
    if body.version != current:
        raise Conflict("rota_changed", details={"version": current})
    await write_rota(uow, by.who, body.shifts)


async def write_rota(uow: UnitOfWork, who: str, turns: list[ShiftBody]) -> None:
    """Replace all weekly turns by these, checked as in `replace_rota`. who: for the record."""
    members = await staff.enabled(uow.session)
    for turn in turns:
        if rota.zone_of(turn.zone) is None:
            raise Unprocessable("rota_zone", zone=turn.zone)
        check_person(members, turn.staff_id, turn.team)
    await uow.session.execute(delete(Shift))
    uow.session.add_all(row_of(turn) for turn in turns)
    await uow.session.flush()
    found = await store.gaps(uow.session, now(), now() + _CHECKED_AHEAD, members)
    _refuse(found)
    await _record(uow, who, "rota", {"shifts": [turn.model_dump() for turn in turns]})


def row_of(turn: ShiftBody) -> Shift:
    """The row of a weekly turn."""
    start, minutes = rota.minutes_between(turn.start, turn.end)
    return Shift(
        id=new_id(),
        team=turn.team,
        staff_id=turn.staff_id,
        days=sorted(set(turn.days)),
        start_minute=start,
        minutes=minutes,
        zone=turn.zone,
    )


def check_person(members: dict[str, Member], person: str, team: str) -> None:
    """Raises Unprocessable when the team or the person is unknown, or the person may not be on call for
    it."""
    if team not in policy().teams:
        raise Unprocessable("rota_team", team=team, teams=", ".join(policy().teams))
    if person not in members:
        raise Unprocessable("rota_unknown_person", person=person)
    if not staff.fits(members[person], team):
        raise Unprocessable("rota_not_of_team", person=members[person].name, team=team)


def _refuse(found: Iterable[Gap]) -> None:
    holes = list(found)
    if holes:
        first = holes[0]
        details = {"gaps": [one.wire() for one in holes[:20]]}
        raise Unprocessable(
            "rota_gap", details=details, team=first.team, start=iso(first.start), end=iso(first.end)
        )


def _hours(found: Iterable[Gap]) -> timedelta:
    return sum((gap.end - gap.start for gap in found), timedelta())


async def add_override(uow: UnitOfWork, by: Member, body: OverrideBody) -> Override:
    """A dated change. Raises Unprocessable when its times or persons are wrong, or when it would open a
    gap."""
    by.must("edit_rota")
    members = await staff.enabled(uow.session)
    if body.starts >= body.ends or body.ends <= now() or body.ends - body.starts > _LONGEST_OVERRIDE:
        raise Unprocessable("override_times", days=_LONGEST_OVERRIDE.days)
    if body.staff_id is None and body.replaces_id is None:
        raise Unprocessable("override_nobody")
    for person in (body.staff_id, body.replaces_id):
        if person is not None:
            check_person(members, person, body.team)
    return await _override(
        uow, by, "override", body.team, body.starts, body.ends, body.staff_id, body.replaces_id, body.reason
    )


async def hand_over(uow: UnitOfWork, by: Member, body: HandoverBody) -> Override:
    """The person on duty gives the rest of the turn away. Raises NotAllowed when they are not on duty."""
    members = await staff.enabled(uow.session)
    check_person(members, body.staff_id, body.team)
    mine = [one for one in await oncall.on_call(uow.session, body.team, now()) if one.staff_id == by.id]
    if not mine:
        raise NotAllowed("not_on_duty", team=body.team)
    if body.staff_id == by.id:
        raise Unprocessable("handover_to_self")
    ends = mine[0].until or now() + timedelta(hours=24)
    return await _override(uow, by, "handover", body.team, now(), ends, body.staff_id, by.id, body.reason)


async def _override(
    uow: UnitOfWork,
    by: Member,
    kind: str,
    team: str,
    starts: datetime,
    ends: datetime,
    on: str | None,
    off: str | None,
    reason: str,
) -> Override:
    members = await staff.enabled(uow.session)
    before = _hours(await store.gaps(uow.session, starts, ends, members))
    row = Override(
        id=new_id(),
        team=team,
        kind=kind,
        starts=starts,
        ends=ends,
        staff_id=on,
        replaces_id=off,
        reason=reason,
        made_by=by.id,
        made_at=now(),
    )
    uow.session.add(row)
    await uow.session.flush()
    after = await store.gaps(uow.session, starts, ends, members)
    if _hours(after) > before:
        _refuse(gap for gap in after if gap.team == team)
    details = {"team": team, "starts": iso(starts), "ends": iso(ends), "on": on, "off": off, "reason": reason}
    await _record(uow, by.who, kind, {"id": row.id, **details})
    return row


async def remove_override(uow: UnitOfWork, by: Member, override_id: str, reason: str = "") -> None:
    """Take a dated change back, with the reason that is kept. Raises Missing, and Unprocessable when that would open a
    gap."""
    by.must("edit_rota")
    row = await uow.session.get(Override, override_id)
    if row is None:
        raise Missing("no_override")
    members = await staff.enabled(uow.session)
    start = max(now(), row.starts)
    before = (
        _hours(await store.gaps(uow.session, start, row.ends, members)) if start < row.ends else timedelta()
    )
    await uow.session.delete(row)
    await uow.session.flush()
    if start < row.ends:
        after = await store.gaps(uow.session, start, row.ends, members)
        if _hours(after) > before:
            _refuse(gap for gap in after if gap.team == row.team)
    await _record(uow, by.who, "override_removed", {"id": override_id, "team": row.team, "reason": reason})


async def _record(uow: UnitOfWork, who: str, what: str, details: dict[str, Any]) -> None:
    number = await store.version(uow.session) + 1
    uow.session.add(RotaChange(number=number, who=who, what=what, details=details, at=now()))
    await uow.session.flush()
    uow.emit("rota.changed", version=number, who=who, what=what)


async def set_channels(uow: UnitOfWork, by: Member, staff_id: str, addresses: list[str]) -> None:
    """Set where a member of staff is paged, in order. One's own by anyone, others' by who may edit the rota.
    Raises Unprocessable for an address that Apprise cannot read."""
    if staff_id != by.id:
        by.must("edit_rota")
    if staff_id not in await staff.enabled(uow.session):
        raise Missing("no_staff")
    wrong = {
        number: why
        for number, one in enumerate(addresses, 1)
        if (why := channels.wrong_with(one)) is not None
    }
    if wrong:
        raise Unprocessable("pager_address", details={"wrong": wrong}, numbers=", ".join(map(str, wrong)))
    await uow.session.execute(delete(PersonalChannel).where(PersonalChannel.staff_id == staff_id))
    for place, address in enumerate(addresses):
        sealed = await seal(uow, f"staff:{staff_id}", {"address": address})
        label = channels.label(address)
        uow.session.add(
            PersonalChannel(staff_id=staff_id, place=place, sealed=sealed, label=label, set_at=now())
        )
    await uow.session.flush()
    uow.emit("channels.changed", staff_id=staff_id, by=by.id)

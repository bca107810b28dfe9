"""data/rota.yml: a rota as a file, checked in words before anything is written; and the checks made when the
desk starts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import yaml
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Unprocessable
from bot.identity.schemas import Member
from bot.kit.data import read_yaml
from bot.kit.database import UnitOfWork
from bot.kit.now import iso, now
from bot.paging import channels, editing, rota, staff, store
from bot.paging.models import Shift
from bot.paging.schemas import FileShift, RotaFile, ShiftBody
from bot.policy import policy
from bot.settings import Settings, settings

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALWAYS = RotaFile(
    zone="UTC", shifts=[FileShift(team=team, role=role) for team, role in staff.FIRST_ROLE.items()]
)


def read(path: Path) -> RotaFile:
    """A rota file. Raises ValueError whose text says which line of it is wrong and what to do."""
    try:
        made = RotaFile.model_validate(read_yaml(path))
    except OSError as problem:
        raise ValueError(f"{path.name} cannot be read: {problem.strerror}.") from None
    except yaml.YAMLError as problem:
        raise ValueError(f"{path.name} is no YAML: {problem}.") from None
    except ValidationError as problem:
        first = problem.errors()[0]
        raise ValueError(
            f"{path.name}: {'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}."
        ) from None
    if rota.zone_of(made.zone) is None:
        raise ValueError(
            f"{path.name}: zone {made.zone!r} is no time zone: give an IANA name such as Asia/Shanghai."
        )
    for number, turn in enumerate(made.shifts, 1):
        if turn.team not in policy().teams:
            raise ValueError(
                f"{path.name}, shift {number}: no team {turn.team!r}; there are {', '.join(policy().teams)}."
            )
        if (turn.person is None) == (turn.role is None):
            raise ValueError(
                f"{path.name}, shift {number}: name either a person (e-mail) or a role, one of the two."
            )
        if turn.role is not None and turn.role not in policy().roles:
            raise ValueError(
                f"{path.name}, shift {number}: no role {turn.role!r}; there are {', '.join(policy().roles)}."
            )
    _no_hole(path.name, made)
    return made


def _no_hole(name: str, made: RotaFile) -> None:
    """A hole that the file itself shows, whoever the people are."""
    start = now().replace(minute=0, second=0, microsecond=0)
    end = start + timedelta(days=8)
    for team in (team for team, rules in policy().teams.items() if rules.never_closed):
        turns = [_row(made.zone, turn, "anyone") for turn in made.shifts if turn.team == team]
        covered = [span for turn in turns for span in rota.spans_of(turn, start, end)]
        if found := rota.holes(covered, start, end):
            raise ValueError(
                f"{name}: team {team} has nobody from {iso(found[0][0])} to {iso(found[0][1])}: it must never be empty."
            )


def _body(zone: str, turn: FileShift, staff_id: str) -> ShiftBody:
    days = list(range(7)) if turn.days == "all" else [_DAYS.index(day) for day in turn.days]
    return ShiftBody(team=turn.team, staff_id=staff_id, days=days, start=turn.start, end=turn.end, zone=zone)


def _row(zone: str, turn: FileShift, staff_id: str) -> Shift:
    return editing.row_of(_body(zone, turn, staff_id))


def bodies(made: RotaFile, members: Iterable[Member]) -> list[ShiftBody]:
    """The file's turns with its people found. Raises Unprocessable for a person or a role that nobody is."""
    people = list(members)
    found = []
    for turn in made.shifts:
        if turn.person is not None:
            who = [one for one in people if one.email.lower() == turn.person.lower()]
        else:
            who = [one for one in people if turn.role in one.roles and staff.fits(one, turn.team)]
        if not who and turn.person is not None:
            raise Unprocessable("rota_unknown_person", person=turn.person)
        found += [_body(made.zone, turn, one.id) for one in who]
    return found


async def load(uow: UnitOfWork, path: Path, who: str) -> int:
    """Replace the rota by a file's. Raises ValueError or Unprocessable in words; returns the number of
    turns."""
    members = await staff.enabled(uow.session)
    turns = bodies(read(path), members.values())
    await editing.write_rota(uow, who, turns)
    return len(turns)


async def ensure_demo_rota(uow: UnitOfWork, members: list[Member] | None = None) -> None:
    """The demonstration's rota, unless there is one: data/rota.yml, else everybody always on call for the
    team of their role. members: the demo staff; all who are enabled when not given. A role that nobody has is
    left open, shown as a gap."""
    if (await uow.session.execute(select(Shift.id).limit(1))).first() is not None:
        return
    people = members if members is not None else list((await staff.enabled(uow.session)).values())
    path = settings().data / "rota.yml"
    made = read(path) if path.exists() else _ALWAYS
    uow.session.add_all(editing.row_of(turn) for turn in bodies(made, people))
    await uow.session.flush()


def check_settings(of: Settings) -> list[str]:
    """What is wrong with the pager addresses and data/rota.yml, each as a sentence that says what to do.
    Empty when all is well. Needs no database."""
    wrong = channels.wrong_with_pagers(of)
    path = of.data / "rota.yml"
    if path.exists():
        try:
            read(path)
        except ValueError as problem:
            wrong.append(str(problem))
    return wrong


async def check_rota(session: AsyncSession) -> list[str]:
    """The rota's holes of the next week, each as a sentence. Production refuses to start on one that is open
    now."""
    members = await staff.enabled(session)
    found = await store.gaps(session, now(), now() + timedelta(days=7), members)
    return [
        f"Team {gap.team} has nobody on call from {iso(gap.start)} to {iso(gap.end)}: put somebody on the rota."
        for gap in found
    ]

"""SQL of paging: the rota as rows and as people, and the pages of a subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.identity.schemas import Member
from bot.kit.vault import unseal_many
from bot.paging import rota, staff
from bot.paging.models import Override, Page, PagedSubject, PersonalChannel, RotaChange, Shift
from bot.paging.rota import Span
from bot.paging.schemas import Gap, OnCall
from bot.policy import policy

_AHEAD = timedelta(days=7)


async def shifts(session: AsyncSession, teams: Iterable[str]) -> list[Shift]:
    """The weekly turns of these teams."""
    query = select(Shift).where(Shift.team.in_(list(teams))).order_by(Shift.id)
    return list((await session.execute(query)).scalars())


async def overrides(
    session: AsyncSession, teams: Iterable[str], start: datetime, end: datetime
) -> list[Override]:
    """The dated changes of these teams that touch [start, end), in the order they were made."""
    query = (
        select(Override)
        .where(Override.team.in_(list(teams)), Override.starts < end, Override.ends > start)
        .order_by(Override.made_at, Override.id)
    )
    return list((await session.execute(query)).scalars())


async def duties(
    session: AsyncSession, teams: Iterable[str], start: datetime, end: datetime, members: dict[str, Member]
) -> dict[str, dict[str, list[Span]]]:
    """Team → staff id → spans on duty in [start, end); only of members who are enabled and fit the team."""
    wanted = [team for team in teams if team in policy().teams]
    turns = await shifts(session, wanted)
    changes = await overrides(session, wanted, start, end)
    found = {}
    for team in wanted:
        people = rota.duty(
            [turn for turn in turns if turn.team == team],
            [one for one in changes if one.team == team],
            start,
            end,
        )
        found[team] = {
            person: spans
            for person, spans in people.items()
            if person in members and staff.fits(members[person], team)
        }
    return found


async def on_call(
    session: AsyncSession, teams: Iterable[str], at: datetime, members: dict[str, Member]
) -> list[OnCall]:
    """Who is on duty for these teams at `at`, team by team, in order of name."""
    found = []
    duty = await duties(session, teams, at, at + _AHEAD, members)
    for team, people in duty.items():
        ends = rota.on_duty(people, at)
        for person in sorted(ends, key=lambda one: members[one].name):
            until = ends[person] if ends[person] < at + _AHEAD else None
            found.append(OnCall(person, members[person].name, team, members[person].locale, until))
    return found


async def gaps(
    session: AsyncSession, start: datetime, end: datetime, members: dict[str, Member]
) -> list[Gap]:
    """When a team that is never closed has nobody."""
    never_closed = [team for team, rules in policy().teams.items() if rules.never_closed]
    duty = await duties(session, never_closed, start, end, members)
    return [
        Gap(team, begins, ends)
        for team in never_closed
        for begins, ends in rota.holes([span for spans in duty[team].values() for span in spans], start, end)
    ]


async def version(session: AsyncSession) -> int:
    """The number of the last change of the rota; 0 before the first."""
    return (await session.execute(select(func.max(RotaChange.number)))).scalar_one() or 0


async def channels(session: AsyncSession, staff_ids: Iterable[str]) -> dict[str, list[PersonalChannel]]:
    """Each one's channels in the order they are tried."""
    query = (
        select(PersonalChannel)
        .where(PersonalChannel.staff_id.in_(list(staff_ids)))
        .order_by(PersonalChannel.staff_id, PersonalChannel.place)
    )
    found: dict[str, list[PersonalChannel]] = {}
    for row in (await session.execute(query)).scalars():
        found.setdefault(row.staff_id, []).append(row)
    return found


async def addresses(session: AsyncSession, staff_id: str) -> list[str]:
    """The opened addresses of one person, in order; an erased one is left out."""
    rows = (await channels(session, [staff_id])).get(staff_id, [])
    opened = await unseal_many(session, [(f"staff:{staff_id}", row.sealed) for row in rows])
    return [one["address"] for one in opened if "address" in one]


async def pages_of(session: AsyncSession, subject: str, rounds: int | None = None) -> list[Page]:
    """The pages of a subject, of one round if it is named, oldest first."""
    query = select(Page).where(Page.subject == subject).order_by(Page.id)
    if rounds is not None:
        query = query.where(Page.round == rounds)
    return list((await session.execute(query)).scalars())


async def open_pages(session: AsyncSession, subject: str) -> list[Page]:
    """The pages of a subject that nobody has acknowledged."""
    query = select(Page).where(Page.subject == subject, Page.acknowledged_at.is_(None)).order_by(Page.id)
    return list((await session.execute(query)).scalars())


@dataclass(frozen=True)
class Standing:
    """Who has been paged about a subject at its present step, who has seen one of this round's pages, and who
    has left any page unanswered."""

    paged: set[str]
    seen: set[str]
    unanswered: set[str]


async def standing(session: AsyncSession, called: PagedSubject) -> Standing:
    """How the people stand to a subject, before its present step is written."""
    query = select(Page.person, Page.round, Page.step, Page.acknowledged_at, Page.acknowledged_by).where(
        Page.subject == called.subject
    )
    stand = Standing(set(), set(), set())
    for person, round_, step, acknowledged_at, acknowledged_by in (await session.execute(query)).all():
        if acknowledged_at is None:
            stand.unanswered.add(person)
        elif round_ == called.round:
            stand.seen.update(one for one in (person, acknowledged_by) if one is not None)
        if (round_, step) == (called.round, called.last_step):
            stand.paged.add(person)
    return stand


async def supersede(session: AsyncSession, called: PagedSubject, people: list[str]) -> None:
    """What has not got out to these people yet is overtaken by the present step."""
    query = update(Page).where(
        Page.subject == called.subject, Page.person.in_(people), Page.state.in_(("waiting", "failed"))
    )
    await session.execute(
        query.values(state="superseded"), execution_options={"synchronize_session": "fetch"}
    )


async def superseded(session: AsyncSession, page: Page) -> bool:
    """Whether the same person has been paged again about the same subject since."""
    query = select(Page.id).where(
        Page.subject == page.subject,
        Page.person == page.person,
        or_(Page.round > page.round, and_(Page.round == page.round, Page.step > page.step)),
    )
    return (await session.execute(query.limit(1))).first() is not None

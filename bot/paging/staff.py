"""The one place where paging asks identity who works here. Disabled accounts are nobody; in-house teams have
no outsiders."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from bot.identity import service as identity
from bot.identity.schemas import Member
from bot.policy import Role, policy

# Whose work a team's is. A supervisor may accept what the safety and senior teams may.
ROLES_OF_TEAM: dict[str, tuple[Role, ...]] = {
    "safety": ("safety", "supervisor"),
    "senior": ("supervisor",),
    "support": ("agent",),
    "liaison": ("police_liaison", "supervisor"),
    "supervisor": ("supervisor",),
}
# Who is put on the demonstration's rota, and who is called first when a team has nobody on call.
FIRST_ROLE: dict[str, Role] = {
    "safety": "safety",
    "senior": "supervisor",
    "support": "agent",
    "liaison": "police_liaison",
    "supervisor": "supervisor",
}


async def enabled(session: AsyncSession) -> dict[str, Member]:
    """Every account that is not disabled, by id."""
    return {member.id: member for member in await identity.enabled_members(session)}


def fits(member: Member, team: str) -> bool:
    """Whether they may be on call for a team: one of its roles, and in-house where the team is."""
    rules = policy().teams[team]
    return bool(set(member.roles) & set(ROLES_OF_TEAM[team])) and (member.in_house or not rules.in_house)


def in_house_with(members: Iterable[Member], role: Role) -> list[Member]:
    """In-house members with a role."""
    return [member for member in members if member.in_house and role in member.roles]


def instead_of(team: str, members: Iterable[Member]) -> list[Member]:
    """Who is called when a team has nobody on call: all in-house members with its first role, else all
    supervisors."""
    everybody = list(members)
    return in_house_with(everybody, FIRST_ROLE.get(team, "supervisor")) or in_house_with(
        everybody, "supervisor"
    )

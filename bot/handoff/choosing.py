"""Which colleague is offered a waiting conversation: arithmetic over values, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.handoff.seats import Place
from bot.incidents.keeping import team_of
from bot.policy import policy

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Need:
    """What a conversation asks of whoever takes it. tier: at least this one; in_house: no outsourced agent."""

    skills: frozenset[str]
    tier: str
    in_house: bool


def in_house_only(grade: str | None) -> bool:
    """Whether a conversation of this grade is for our own staff alone, as the team of its grade is (policy: teams)."""
    return policy().teams[team_of(grade)].in_house


def need_of(locale: str, team: str | None, grade: str | None, kinds: Sequence[str]) -> Need:
    """By its language, the team it stands with, its grade and what its open cases are about. An S2 is for senior agents,
    in-house (TAXONOMY)."""
    rules = policy().routing
    tier = rules.tiers.index(team) if team in rules.tiers else 0
    if grade == "S2":
        tier = max(tier, min(1, len(rules.tiers) - 1))
    skills = {skill for skill, intents in rules.topics.items() if set(intents) & set(kinds)}
    return Need(frozenset({locale, *skills}), rules.tiers[tier], tier > 0 or in_house_only(grade))


def fits(place: Place, need: Need) -> bool:
    """Whether this member is there, wants new ones and can do it."""
    return place.there and place.taking and can(place, need)


def can(place: Place, need: Need) -> bool:
    """Whether this member can do it, there or not."""
    tiers = policy().routing.tiers
    return (
        place.member.may("accept_routine")
        and need.skills <= place.skills
        and tiers.index(place.tier) >= tiers.index(need.tier)
        and (place.member.in_house or not need.in_house)
    )


def choose(
    places: Sequence[Place], need: Need, *, load: Mapping[str, int], missed: Mapping[str, int]
) -> Place | None:
    """The one whose share of their capacity is least filled, then the one who has waited longest for an offer.

    load: what each holds or is offered; missed: how often each has let this very conversation go by: they come last.
    """
    free = [one for one in places if fits(one, need) and load.get(one.member.id, 0) < one.capacity]
    return min(
        free,
        key=lambda one: (
            missed.get(one.member.id, 0),
            load.get(one.member.id, 0) / one.capacity,
            one.offered_at or _NEVER,
            one.member.id,
        ),
        default=None,
    )

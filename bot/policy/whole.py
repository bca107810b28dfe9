"""What every policy must say for the desk to work, and what none may allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.policy.grades import GRADES, is_safety

if TYPE_CHECKING:
    from bot.policy import Policy

# What the desk asks the policy about, each by name: one that is missing would fail when somebody needs it.
ASKED = frozenset(
    {
        "accept_safety", "accept_routine", "accept_police", "reply", "note", "escalate", "lower_grade", "return",
        "resolve_safety", "resolve_routine", "close_safety", "close_routine", "reopen", "care", "department_task",
        "erase_person", "lift_evidence", "clear_watch", "hold_driver", "review_hold", "release_driver", "call_emergency",
        "refund", "call_masked", "new_car", "edit_macros", "see_unmasked_phone", "see_earlier_complaints", "see_position",
        "verify_police", "release_police_pack", "refuse_police", "edit_rota", "manage_staff", "assign", "see_board", "whisper",
    }
)  # fmt: skip
# What raises a grade and is found by the desk or the assistant; the lexicon finds more in words (bot.kit.names).
MODIFIERS = frozenset(
    {
        "live_trip", "night", "vulnerable", "repeat", "earlier_complaint", "stranded_at_night", "over_wait_at_night",
        "vulnerable_waiting", "essential_item_at_night",
    }
)  # fmt: skip
# Somebody's life hangs on them: never for outsourced agents, always for the safety team.
_SAFETY_ONLY = (
    "accept_safety",
    "resolve_safety",
    "close_safety",
    "lower_grade",
    "release_driver",
    "clear_watch",
)


# Nobody is without authority: every role may, outsourced or not.
_EVERYBODY = ("escalate", "reopen")
# Teams that are paged for danger and for police: in-house, and never without anybody.
_ALWAYS_THERE = ("safety", "liaison", "supervisor")
_TEAMS = (*_ALWAYS_THERE, "senior", "support")
# What a lifted hold tells the driver, by the kind of report.
_TOLD = ("conduct", "driving", "route", "vehicle")


def faults(policy: Policy) -> Iterator[str]:
    """A sentence for each thing that the policy lacks or must not say."""
    intents, acts = policy.intents, policy.acts
    if missing := ASKED - set(acts):
        yield f"acts: the desk also asks for {', '.join(sorted(missing))}"
    for name in _SAFETY_ONLY:
        if (act := acts.get(name)) and not (act.in_house and "safety" in act.roles):
            yield f"acts.{name}: it needs `in_house: true` and the role safety"
    for name in _EVERYBODY:
        if (act := acts.get(name)) and (act.in_house or set(act.roles) < set(policy.roles)):
            yield f"acts.{name}: every role may do it, in-house or not"
    if (act := acts.get("refuse_police")) and (act.roles != ["supervisor"] or not act.in_house):
        yield "acts.refuse_police: only `roles: [supervisor]` with `in_house: true`"
    if missing_teams := set(_TEAMS) - set(policy.teams):
        yield f"teams: the desk also needs {', '.join(sorted(missing_teams))}"
    for name in _ALWAYS_THERE:
        if (team := policy.teams.get(name)) and not (team.in_house and team.never_closed):
            yield f"teams.{name}: it needs `in_house: true` and `never_closed: true`"
    if missing_words := set(_TOLD) - set(policy.hold_reasons):
        yield f"hold_reasons: the desk also tells {', '.join(sorted(missing_words))}"
    for name, intent in intents.items():
        if intent.family == "safety" and not is_safety(intent.grade):
            yield f"intents.{name}: the grade of a safety intent is S0 or S1"
        base = GRADES.index(intent.grade)
        if (intent.lower and GRADES.index(intent.lower) <= base) or (
            intent.higher and GRADES.index(intent.higher) >= base
        ):
            yield f"intents.{name}: `lower` must be milder than {intent.grade}, `higher` graver"
    yield from _of_seats(policy)


def _of_seats(policy: Policy) -> Iterator[str]:
    tiers = policy.routing.tiers
    for role, seat in policy.routing.defaults.items():
        if seat.tier not in tiers:
            yield f"routing.defaults.{role}: there is no tier {seat.tier}; use one of {', '.join(tiers)}"
    if missing := {"agent", "supervisor"} - set(policy.routine.refund_limit_staff):
        yield f"routine.refund_limit_staff: add the limits of {' and '.join(sorted(missing))}"

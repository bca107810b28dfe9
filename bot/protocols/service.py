"""A case's card with what is done of it; ticking a step is an entry in the timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.conversations.models import Conversation
from bot.errors import Missing
from bot.identity.schemas import Member
from bot.incidents.emergency import numbers_for, place_of_case
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit.database import UnitOfWork
from bot.kit.now import iso
from bot.protocols.cards import Step, cards

TICK = "protocol_step"
CRISIS = "crisis"


def card_of(
    case: Case | None, entries: Sequence[Mapping[str, Any]], staff: Member, conversation: Conversation
) -> dict[str, Any] | None:
    """The card of `case` for the screen: `{case_id, title, steps}`, None without a case or a card for its kind.

    entries: the timeline as `incidents.timeline.read` gives it. A step is done when a person ticked it or the timeline holds
    its act since the case was accepted. The words to say are in the reporter's language, what to do in the agent's.
    """
    if case is None or (card := cards().get(case.kind)) is None:
        return None
    values = _values(case, staff, conversation)
    return {
        "case_id": case.id, "title": card.title.in_(staff.locale),
        "steps": [_step(step, case, entries, staff.locale, conversation.locale, values) for step in card.steps],
    }  # fmt: skip


def _values(case: Case, staff: Member, conversation: Conversation) -> dict[str, str]:
    place = place_of_case(case, conversation)
    numbers = numbers_for(place, conversation.locale, case.kind)["numbers"]
    crisis = next((one["number"] for one in numbers if one["service"] == CRISIS), numbers[0]["number"])
    return {"name": staff.name, "emergency": numbers[0]["number"], CRISIS: crisis, "done": "…"}


def _step(
    step: Step,
    case: Case,
    entries: Sequence[Mapping[str, Any]],
    locale: str,
    reporter: str,
    values: Mapping[str, str],
) -> dict[str, Any]:
    done = next((entry for entry in entries if _shows(step, case, entry)), None)
    due = _due(step, case) if done is None else None
    return {
        "id": step.id, "do": step.do.in_(locale), "say": step.say.in_(reporter).format(**values) if step.say else None,
        "never": step.never.in_(locale) if step.never else None, "act": step.act, "due_at": iso(due),
        "done": {"at": done["at"], "who": (done["details"] or {}).get("name"), "itself": done["act"] != TICK}
        if done else None,
    }  # fmt: skip


def _shows(step: Step, case: Case, entry: Mapping[str, Any]) -> bool:
    if entry["act"] == TICK:
        return bool(entry["details"].get("step") == step.id and entry["details"].get("card") == case.id)
    if entry["act"] not in step.acts:
        return False
    # What was said before anybody had accepted this case is no step of it.
    return case.accepted_at is None or datetime.fromisoformat(entry["at"]) >= case.accepted_at


def _due(step: Step, case: Case) -> datetime | None:
    if step.within_s is None or case.accepted_at is None or not case.open:
        return None
    return case.accepted_at + timedelta(seconds=step.within_s)


async def tick(uow: UnitOfWork, case: Case, staff: Member, step_id: str) -> None:
    """Write that `staff` did the step; a second tick changes nothing. Raises Missing for a step that the card does not have."""
    card = cards().get(case.kind)
    step = card.step(step_id) if card else None
    if step is None:
        raise Missing("no_protocol_step")
    # Not `incidents.acted`: a tick beside a step is no decision, and must not stop the clock that waits for one.
    await record(
        uow, TICK, who=staff.who, case_id=case.id, key=f"{TICK}:{case.id}:{step_id}", name=staff.name, step=step_id,
        card=case.id, what=step.do.in_(staff.locale),
    )  # fmt: skip

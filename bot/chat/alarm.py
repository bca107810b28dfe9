"""From hearing to people: one way to open or raise an incident, hand the conversation over and say the first words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.listeners import Heard
from bot.chat.listeners.clues import clues_of
from bot.chat.state import place_of
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.conversations.schemas import Link
from bot.handoff import service as handoff
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.emergency import numbers_for
from bot.incidents.models import Case
from bot.kit.database import UnitOfWork
from bot.kit.locale import has_text, say
from bot.police import service as police
from bot.policy import Grade, is_safety


async def raise_alarm(
    uow: UnitOfWork,
    conversation: Conversation,
    heard: Heard,
    *,
    source: str,
    key: str,
    title: str | None = None,
    conduct: bool | None = None,
) -> incidents.Reported:
    """Open or join the incident, give the conversation to people, and tell the reporter the number, the reference and who
    has joined. Nothing is asked first. key: what makes a repeat of the same report the same report."""
    intent = heard.intent or "passenger_in_danger"
    before: Grade | None = conversation.grade  # type: ignore[assignment]
    unsaid = conversation.next_seq
    reported = await incidents.report(
        uow, conversation,
        incidents.Report(
            intent=intent, grade=heard.grade, source=source, because=heard.because, modifiers=heard.modifiers,
            title=title, evidence={"entities": heard.entities} if heard.entities else {}, key=key,
            clues=clues_of(heard.entities), conduct=conduct,
        ),
    )  # fmt: skip
    case = reported.case
    await handoff.to_people(
        uow, conversation, team=case.team, reason="; ".join(heard.because) or source, who=f"software:{source}"
    )
    # Somebody who has the number, the reference and the truth is not told them twice: the page shows the rest. A case that
    # rises into S0/S1 speaks by itself (`reach_people`).
    spoken = conversation.next_seq > unsaid
    if not spoken and (reported.new or (reported.fresh and not is_safety(before))):
        await first_words(uow, conversation, case)
    await police.bind(uow, conversation, case, heard.entities)
    return reported


@incidents.on_reaching_safety
async def reach_people(uow: UnitOfWork, case: Case) -> None:
    """A case rises into S0/S1, by whatever raised it: each of its conversations goes to people and hears the first words."""
    for conversation_id in sorted(await case_store.conversations_of(uow.session, case.id)):
        conversation = await conversations.lock(uow, conversation_id)
        await handoff.to_people(
            uow, conversation, team=case.team, reason=f"raised to {case.grade}", who="software:incidents"
        )
        await first_words(uow, conversation, case)


async def first_words(uow: UnitOfWork, conversation: Conversation, case: Case) -> None:
    """The first reply, and its truthful form when a case is raised later: number, then who has joined, then the reference."""
    locale = conversation.locale
    if not is_safety(case.grade):  # type: ignore[arg-type]
        text = say("safety.case_opened", locale, reference=case.reference)
        await conversations.append(uow, conversation, author="system", text=text, kind="safety")
        return
    numbers = numbers_for(place_of(conversation, case), locale, case.kind)["numbers"]
    if case.accepted_name is None:
        joined = say("safety.nobody_yet", locale)
    elif conversation.holder == "person" and conversation.holder_staff_id == case.accepted_by:
        joined = say("safety.has_joined", locale, name=case.accepted_name)
    else:
        joined = say("safety.case_is_held", locale, name=case.accepted_name)
    police = case.kind == "police_request"
    key = "safety.first_police" if police else f"safety.first.{case.kind}"
    lead = say(key if has_text(key) else "safety.first", locale, number=numbers[0]["number"])
    reference = say("safety.reference", locale, reference=case.reference)
    text = "\n".join([lead, joined, reference])
    links = [] if police else call_links(numbers[:2])
    await conversations.append(uow, conversation, author="system", text=text, kind="safety", links=links)


def call_links(numbers: Sequence[dict[str, str]]) -> list[Link]:
    """One `tel:` link a number, each number once."""
    seen: dict[str, Link] = {}
    for entry in numbers:
        seen.setdefault(
            entry["number"],
            {"title": f"{entry['label']} {entry['number']}", "href": f"tel:{entry['number']}"},
        )
    return list(seen.values())

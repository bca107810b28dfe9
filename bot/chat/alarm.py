"""From hearing to people: one way to open or raise an incident, hand the conversation over and say the first words."""

from __future__ import annotations

from bot.chat.first_words import Joined, case_reply, first_reply
from bot.chat.listeners import Heard
from bot.chat.listeners.clues import clues_of
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.handoff import service as handoff
from bot.incidents import service as incidents
from bot.incidents import store as case_store
from bot.incidents.emergency import place_of
from bot.incidents.models import Case
from bot.incidents.telling import hides_case
from bot.kit.database import UnitOfWork
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
    again: bool = False,
) -> incidents.Reported:
    """Open or join the incident, give the conversation to people, and tell the reporter the number, the reference and who
    has joined. Nothing is asked first. key: what makes a repeat of the same report the same report; again: another listener
    has reported these very words before."""
    intent = heard.intent or "passenger_in_danger"
    before: Grade | None = conversation.grade  # type: ignore[assignment]
    unsaid = conversation.next_seq
    reported = await incidents.report(
        uow, conversation,
        incidents.Report(
            intent=intent, grade=heard.grade, source=source, because=heard.because, modifiers=heard.modifiers,
            title=title, evidence={"entities": heard.entities} if heard.entities else {}, key=key,
            clues=clues_of(heard.entities), conduct=conduct, again=again,
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
        await first_words(uow, conversation, case, said=intent)
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


async def first_words(
    uow: UnitOfWork, conversation: Conversation, case: Case, *, said: str | None = None
) -> None:
    """The first reply, and its truthful form when a case is raised later: number, then who has joined, then the reference.
    said: the intent of their own words, by which those are spoken to who must not learn what others have reported."""
    locale = conversation.locale
    hidden = hides_case(conversation, case)
    kind = said if hidden and said is not None else case.kind
    if not is_safety(case.grade):  # type: ignore[arg-type]
        text = case_reply(locale, case.reference)
        await conversations.append(uow, conversation, author="system", text=text, kind="safety")
        return
    joined: Joined = "case_is_held"
    if case.accepted_name is None or hidden:
        joined = "nobody_yet"
    elif conversation.holder == "person" and conversation.holder_staff_id == case.accepted_by:
        joined = "has_joined"
    name = None if joined == "nobody_yet" else case.accepted_name
    place = place_of(conversation, case)
    text, links = first_reply(kind, place, locale, reference=case.reference, joined=joined, name=name)
    await conversations.append(uow, conversation, author="system", text=text, kind="safety", links=links)

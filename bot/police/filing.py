"""An officer's request comes in: by the form or out of a chat. It opens an incident or joins the one on the same matter, pages
the liaison at once, and starts the ten-minute clock, all in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.errors import TooMany, Unprocessable
from bot.handoff import service as handoff
from bot.identity.schemas import Person
from bot.identity.throttle import WINDOW, keyed
from bot.incidents import service as incidents
from bot.incidents.models import Case
from bot.incidents.timeline import record
from bot.kit import outbox
from bot.kit.database import UnitOfWork, exclusively
from bot.kit.ids import new_id, new_reference
from bot.kit.locale import Locale, say
from bot.kit.now import iso, now
from bot.kit.vault import destroy, seal
from bot.paging import service as paging
from bot.police import clocks, listed, matter, store
from bot.police.models import PoliceClue, PoliceRequest
from bot.police.schemas import NEEDS, Facts, Filing
from bot.policy import policy
from bot.settings import settings

DOOR = "police"
LOCATE = "police.locate"
OTHER_CITY = "other"
_FEWEST_DIGITS = 5


@dataclass(frozen=True)
class Filed:
    """A stored request and the secret that opens it to its officer; again: this page had sent it before."""

    request: PoliceRequest
    token: str
    again: bool


async def file(uow: UnitOfWork, asked: Filing, *, address: str, locale: Locale) -> Filed:
    """Take a request of the form. The same client_id is the same request, with a new secret.

    Raises Unprocessable (`police_city`, `police_phone`, `police_facts`, `police_reference`) and TooMany; nothing is stored
    then. With somebody in danger only the city and the phone can be refused: what else is wrong is left to people.
    """
    client_key = keyed("police-client", asked.client_id)
    await exclusively(uow, f"police:{client_key}")
    known = await store.by_client(uow.session, client_key)
    if known is not None:
        return Filed(known, await conversations.renew_token(uow, known.conversation_id, DOOR), True)
    _check(asked)
    address_key = keyed("police-address", address)
    limit = policy().limits.police_requests_per_quarter_hour
    # A cry is never counted out: whoever must be stopped altogether is stopped by somebody who sees what is lost.
    if not asked.danger and await store.filed_from(uow.session, address_key, now() - WINDOW) >= limit:
        raise TooMany("police_too_many", minutes=round(WINDOW / timedelta(minutes=1)))
    city = "" if asked.city == OTHER_CITY else asked.city
    facts = Facts.model_validate(asked.model_dump(include=set(Facts.model_fields)))
    older = await _same_matter(uow, facts, city, asked)
    opened = await conversations.open_conversation(
        uow, door=DOOR, channel=DOOR, locale=locale, person=Person(role="officer", name=facts.officer)
    )
    conversation = opened.conversation
    text = in_words(facts, asked.needs, city, locale, danger=asked.danger)
    await conversations.append(uow, conversation, author="reporter", text=text)
    reported = await incidents.report(
        uow, conversation,
        incidents.Report(
            "police_request", "S0" if asked.danger else "S1", "form", because=[say("police.because", locale)],
            title="", evidence={"city": city} if city else {}, into=older.case_id if older else None,
        ),
    )  # fmt: skip
    request = _row(conversation, reported.case, "form", city, list(asked.needs), asked.danger)
    request.client_key, request.address_key = client_key, address_key
    request.completes = await _completed(uow, asked, older)
    await _store(uow, request, facts)
    await _reach_people(uow, conversation, reported.case, request)
    await _tell(uow, conversation, request)
    return Filed(request, opened.token, False)


async def bind(
    uow: UnitOfWork, conversation: Conversation, case: Case, entities: list[dict[str, Any]]
) -> None:
    """A chat was heard as an officer's: it gets a request with its clock, and is asked for what is needed. Repeating it, and
    any other case, changes nothing; asking again after the case has ended is a new request. entities: what
    NLU found in the words."""
    made = await store.of_conversation(uow.session, conversation.id)
    if case.kind != "police_request" or any(one.case_id == case.id for one in made):
        return
    told = {one["entity"]: str(one["value"]) for one in entities}
    facts = Facts(
        plate=told.get("licence_plate", "")[:200], order=told.get("order_number", "")[:200],
        person_phone=told.get("phone", "")[:200],
    )  # fmt: skip
    request = _row(conversation, case, "chat", "", list(NEEDS), case.base_grade == "S0")
    await _store(uow, request, facts)
    await _reach_people(uow, conversation, case, request)
    where = f"{settings().public_url.rstrip('/')}/police"
    text = say("police.ask_in_chat", conversation.locale, reference=request.reference, address=where)
    await conversations.append(uow, conversation, author="system", text=text, kind="safety")


def _check(asked: Filing) -> None:
    if asked.city != OTHER_CITY and asked.city not in listed.cities():
        raise Unprocessable("police_city", details={"fields": ["city"]})
    if asked.city == OTHER_CITY and not asked.other_city and not asked.danger:
        raise Unprocessable("police_city", details={"fields": ["other_city"]})
    if len(listed.digits(asked.phone)) < _FEWEST_DIGITS:
        raise Unprocessable("police_phone", details={"fields": ["phone"]})
    said = (asked.plate, asked.order, asked.person_phone, asked.passenger, asked.note, asked.reference)
    if not asked.danger and not any(said):
        raise Unprocessable("police_facts", details={"fields": ["plate"]})


async def _same_matter(uow: UnitOfWork, facts: Facts, city: str, asked: Filing) -> PoliceRequest | None:
    """The open request on the same matter, if any. A reference counts only if the two have something in common: whose it is,
    and whether it exists, is told to nobody."""
    found = matter.clues(facts, city)
    # Two requests on one matter that come in at the same moment must see each other.
    for clue in sorted(found):
        await exclusively(uow, f"police:{clue}")
    alike = [
        one for one in await store.sharing(uow.session, found)
        if not matter.contradicts(facts, await store.facts_of(uow.session, one))
    ]  # fmt: skip
    if not asked.reference:
        return alike[0] if alike else None
    named = await store.by_reference(uow.session, asked.reference)
    if named is not None:
        theirs = await store.facts_of(uow.session, named)
        if named in alike or matter.same_officer(facts, theirs) or _blank(theirs):
            return named
    if not asked.danger:
        raise Unprocessable("police_reference", details={"fields": ["reference"]})
    return alike[0] if alike else None


async def _completed(uow: UnitOfWork, asked: Filing, older: PoliceRequest | None) -> str | None:
    """The request out of a chat that the officer names, and that waits with this form for one answer. Its clock runs on: that
    was promised first."""
    named = await store.by_reference(uow.session, asked.reference) if asked.reference else None
    if named is None or older is None or named.id != older.id or named.channel != "chat":
        return None
    return named.id if named.state in store.UNANSWERED else None


def _blank(facts: Facts) -> bool:
    """A request out of a chat that has said nothing of its officer yet: the form is how they complete it."""
    return not (facts.unit or facts.officer or facts.badge)


def _row(
    conversation: Conversation, case: Case, channel: str, city: str, needs: list[str], danger: bool
) -> PoliceRequest:
    return PoliceRequest(
        id=new_id(), reference="", case_id=case.id, conversation_id=conversation.id, number=1, channel=channel,
        city=city, needs=needs, danger=danger, sealed="", state="received", filed_at=now(),
        due_at=clocks.answer_due(now()),
    )  # fmt: skip


async def _store(uow: UnitOfWork, request: PoliceRequest, facts: Facts) -> None:
    request.reference = await _free_reference(uow)
    request.number = len(await store.of_cases(uow.session, [request.case_id])) + 1
    request.sealed = await seal(uow, request.id, facts.model_dump(mode="json"))
    uow.session.add(request)
    await uow.session.flush()
    await keep_clues(uow, request, facts)
    await record(
        uow, "police_filed", who="reporter", case_id=request.case_id, conversation_id=request.conversation_id,
        reference=request.reference, number=request.number, channel=request.channel, danger=request.danger,
        unit=facts.unit, officer=facts.officer, badge=facts.badge, needs=request.needs,
    )  # fmt: skip
    await clocks.run(uow, request.case_id)
    await locate(uow, request)


async def _free_reference(uow: UnitOfWork) -> str:
    while True:
        reference = "VP-" + new_reference()[3:]
        taken = select(PoliceRequest.id).where(PoliceRequest.reference == reference)
        if (await uow.session.execute(taken)).first() is None:
            return reference


async def keep_clues(uow: UnitOfWork, request: PoliceRequest, facts: Facts) -> None:
    """What the request is about, anew."""
    await uow.session.execute(delete(PoliceClue).where(PoliceClue.request_id == request.id))
    found = matter.clues(facts, request.city)
    uow.session.add_all(PoliceClue(request_id=request.id, clue=clue) for clue in sorted(set(found)))
    await uow.session.flush()


async def locate(uow: UnitOfWork, request: PoliceRequest) -> None:
    """Owe the look for the trip. What is told anew is looked for anew."""
    await outbox.put(uow, LOCATE, f"{request.id}:{new_id()}", {"request": request.id})


async def _reach_people(
    uow: UnitOfWork, conversation: Conversation, case: Case, request: PoliceRequest
) -> None:
    """The liaison's queue at once (the incident has paged them), and the safety team's pagers when somebody is in danger."""
    await handoff.to_people(
        uow, conversation, team=case.team, reason=request.reference, who="software:police"
    )
    if request.danger or case.grade == "S0":
        await page_safety(uow, case)


async def page_safety(uow: UnitOfWork, case: Case) -> None:
    """The safety team hears of it beside the liaison."""
    await paging.page(
        uow, subject=clocks.safety_subject(case.id), reference=case.reference, team="safety", grade="S0", step=0,
        headline={locale: say("police.page.danger", locale) for locale in ("zh", "en")}, widen=False, everyone=False,
    )  # fmt: skip


async def _tell(uow: UnitOfWork, conversation: Conversation, request: PoliceRequest) -> None:
    """The first words: the reference, and that nobody has it yet. A time may be named, because its clock runs."""
    minutes = round(policy().clocks.police_answer_s / 60)
    text = say("police.filed", conversation.locale, reference=request.reference, minutes=minutes)
    await conversations.append(uow, conversation, author="system", text=text, kind="safety")


def in_words(facts: Facts, needs: list[Any], city: str, locale: str, *, danger: bool) -> str:
    """The form as a message, so that whoever opens the conversation reads what was asked."""
    shown = facts.other_city if not city else listed.names()[city].in_(locale)
    rows = [
        ("unit", facts.unit), ("officer", facts.officer), ("badge", facts.badge), ("phone", facts.phone),
        ("city", shown), ("needs", say("comma", locale).join(say(f"police.need.{one}", locale) for one in needs)),
        ("plate", facts.plate), ("order", facts.order), ("person_phone", facts.person_phone),
        ("passenger", facts.passenger), ("happened_at", iso(facts.happened_at) or ""), ("note", facts.note),
    ]  # fmt: skip
    lines = [say("police.danger" if danger else "police.no_danger", locale)]
    lines += [f"{say(f'police.fact.{name}', locale)}: {value}" for name, value in rows if value]
    return "\n".join(lines)


@conversations.on_erasing
async def forget(uow: UnitOfWork, conversation: Conversation) -> None:
    """An officer who is erased: what they said of themselves, and the pack that was made for them, can be read no more. That
    and when something was handed over stays."""
    for request in await store.of_conversation(uow.session, conversation.id):
        await destroy(uow, request.id)

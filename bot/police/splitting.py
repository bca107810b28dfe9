"""A correction may make one request of a case another matter: facts belong to a request, the trip to the case. The corrected
one goes on in a case of its own, so that no officer is given the data of somebody else's car."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.incidents import service as incidents
from bot.incidents.life import carry_acceptance
from bot.incidents.models import Case, CaseConversation
from bot.incidents.reporting import open_case
from bot.incidents.splitting import reports_of, take_off
from bot.kit.database import UnitOfWork
from bot.kit.locale import say
from bot.police import clocks, filing, releasing, store
from bot.police.models import PoliceRequest


async def look_anew(uow: UnitOfWork, request: PoliceRequest, case: Case) -> None:
    """What finds the trip of `request` was corrected: the trip is looked for anew, in a case of its own where the case has
    other officers who wait. If it is the same trip after all, the two join again when it is found."""
    others = [
        one for one in await store.unanswered(uow.session, case.id)
        if one.id != request.id and not store.one_officers(one, request)
    ]  # fmt: skip
    if case.open and others:
        await _split_off(uow, request, case, "police.corrected")
        await _stay(uow, case, others)
    else:
        _forget_trip(case)
    await filing.locate(uow, request)


async def own_trip(uow: UnitOfWork, request: PoliceRequest, case: Case) -> Case:
    """What `request` tells has found another trip than that of its case: where other officers ask in the case, theirs was no
    more than alike (two passengers of one name), and the request has a case of its own. Returns its case."""
    others = [
        one for one in await store.of_cases(uow.session, [case.id])
        if one.id != request.id and not store.one_officers(one, request)
    ]  # fmt: skip
    if not others:
        return case
    await releasing.unpropose(uow, request)
    return await _split_off(uow, request, case, "police.because")


async def move(uow: UnitOfWork, requests: Sequence[PoliceRequest], case_id: str) -> None:
    """Put requests into a case; those of the cases they leave and come to are counted anew."""
    touched = {case_id, *(one.case_id for one in requests)}
    for one in requests:
        one.case_id = case_id
    await uow.session.flush()
    for each in touched:
        for number, one in enumerate(await store.of_cases(uow.session, [each]), 1):
            one.number = number
    await uow.session.flush()


async def _split_off(uow: UnitOfWork, request: PoliceRequest, case: Case, because: str) -> Case:
    """Whoever has accepted the first case has the new one too; the request takes its clock along. because: the text that says
    why there is a new one."""
    conversation = await conversations.lock(uow, request.conversation_id)
    report = incidents.Report(
        "police_request", "S0" if request.danger else "S1", case.source, title="",
        because=[say(because, conversation.locale)],
        evidence={"city": request.city} if request.city else {},
    )  # fmt: skip
    made = await reports_of(uow.session, case, conversation, joined=True)
    own = (await open_case(uow, conversation, report)).case
    own.reports = take_off(case, made)
    if case.accepted_at is not None:
        await carry_acceptance(uow, case, own, state=case.state)
    await move(uow, [request], own.id)
    await _untie(uow, conversation, case)
    await incidents.link(uow, own, case, "police")
    if request.danger and request.verified_at is None:
        await filing.page_safety(uow, own)
    await clocks.run(uow, case.id)
    return own


async def _untie(uow: UnitOfWork, conversation: Conversation, case: Case) -> None:
    """Nothing that was said here is about the first case any more."""
    tie = await uow.session.get(CaseConversation, (case.id, conversation.id))
    if tie is not None:
        await uow.session.delete(tie)
        await uow.session.flush()
    await incidents.derive_grade(uow, conversation)


async def _stay(uow: UnitOfWork, case: Case, others: Sequence[PoliceRequest]) -> None:
    """The trip stays with those who asked about its car. Was it found by what only the corrected request told, it is not known
    to be that of anybody else: it is looked for by what they told themselves."""
    facts = [await store.facts_of(uow.session, one) for one in others]
    if not all(releasing.same_car(one, case) for one in facts):
        _forget_trip(case)
        for one in others:
            await filing.locate(uow, one)
    uow.emit("case.changed", case_id=case.id)
    for one in others:
        uow.emit("conversation.changed", conversation_id=one.conversation_id)


def _forget_trip(case: Case) -> None:
    """What a person has corrected may mean another trip: the pack must not be of the one that was found before."""
    case.trip_id = case.trip = case.driver_id = case.plate = case.rider_id = None
    case.evidence = {key: value for key, value in case.evidence.items() if key != "plate_differs"}

"""One case, one screen: everything an agent needs to see of a conversation, and which acts are theirs now."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import service as care
from bot.chat.models import Listening
from bot.chat.state import conversation_state
from bot.console import plainly
from bot.console.promises import promises_of
from bot.console.queue import clock_wire
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation
from bot.conversations.schemas import message_wire
from bot.errors import Missing
from bot.handoff import passing
from bot.handoff.choosing import in_house_only
from bot.handoff.models import Note
from bot.identity.personal import phone_for, text_for
from bot.identity.schemas import Grant, Member, permission_label, who_may
from bot.incidents import store as case_store
from bot.incidents import timeline
from bot.incidents.models import Case, DispatchHold
from bot.kit.due import Due
from bot.kit.locale import has_text, say
from bot.kit.now import iso, now
from bot.police import service as police
from bot.policy import is_safety, policy
from bot.protocols import service as protocols


async def conversation_for(session: AsyncSession, staff: Member, conversation_id: str) -> Conversation:
    """The conversation if this member may read it. Raises Missing, or NotAllowed: an S0/S1 for who may not accept one, and for
    an outsourced agent one that has ended, too. Raising and reopening are open to all and do not ask here."""
    conversation = await conversation_store.get(session, conversation_id)
    if conversation is None:
        raise Missing("no_conversation")
    grave = is_safety(conversation.grade) or conversation.watched_since is not None  # type: ignore[arg-type]
    held = conversation.holder_staff_id == staff.id
    police = conversation.team == "liaison" and staff.may("accept_police")
    if grave and not (staff.may("accept_safety") or held or police):
        staff.must("accept_safety")
    if not (staff.in_house or held) and await case_store.had_safety(session, [conversation_id]):
        staff.must("accept_safety")
    return conversation


async def detail(
    session: AsyncSession, staff: Member, grant: Grant, conversation: Conversation
) -> dict[str, Any]:
    """The read model of the screen; the trip is the last card that was seen (the endpoint refreshes it)."""
    cases = list(await case_store.of_conversation(session, conversation.id))
    messages = await conversation_store.newest_messages(session, conversation.id)
    heard = await _listening(session, conversation.id, grant)
    notes = (
        await session.execute(select(Note).where(Note.conversation_id == conversation.id).order_by(Note.at))
    ).scalars()
    locale = staff.locale
    entries = await timeline.read(
        session, case_ids=[case.id for case in cases], conversation_id=conversation.id
    )
    if not staff.may("see_earlier_complaints"):
        entries = [entry for entry in entries if entry["act"] != "linked"]
        for entry in entries:
            entry["details"] = {
                name: value
                for name, value in entry["details"].items()
                if "earlier_complaint" not in str(value)
            }
    shown = [
        {
            **message_wire(one),
            "text": text_for(grant, one.text),
            **({"listening": heard[one.id]} if one.id in heard else {}),
        }
        for one in messages
    ]
    holds = await case_store.holds_of(session, [case.id for case in cases])
    held = any(hold.open_key is not None for hold in holds.values())
    allowed, why_not = acts_now(conversation, cases, staff, held=held)
    return {
        "now": iso(now()), "conversation_id": conversation.id,
        "state": {
            **await conversation_state(session, conversation, for_staff=True),
            "reporter_seen_seq": conversation.reporter_seen_seq,
        }, "messages": shown,
        "cases": [await _case(session, case, staff, grant) for case in cases],
        "promises": await promises_of(session, conversation, cases, locale),
        "police": await police.of_cases(session, cases, staff),
        "protocol": protocols.card_of(case_in_hand(cases), entries, staff, conversation),
        "timeline": [_entry(entry, locale, grant) for entry in entries],
        "reporter": _reporter(conversation, grant), "entities": _entities(heard, locale),
        "watch": _watch(conversation, locale, grant),
        "handover": await _handover(session, conversation, staff, grant),
        "notes": [{"at": iso(note.at), "who": note.name, "text": text_for(grant, note.text)} for note in notes],
        "allowed": allowed, "forbidden_because": why_not,
        "resolution_codes": [
            {"code": code, "label": say(f"resolution.{code}", locale)} for code in policy().resolution_codes
        ],
        "hold_reasons": [{"code": code, "label": say(f"hold.why.{code}", locale)} for code in policy().hold_reasons],
        "care": [_care(one, staff.locale) for one in await care.care_of(session, staff, cases)],
        "departments": _said(await care.departments_of(session, staff, conversation), grant),
        "erasable": care.erasable_of(staff, conversation, cases),
    }  # fmt: skip


async def _handover(
    session: AsyncSession, conversation: Conversation, staff: Member, grant: Grant
) -> dict[str, Any] | None:
    """The note of whoever handed it on, until it is answered."""
    one = await passing.open_note(session, conversation)
    if one is None:
        return None
    to = one.to_name or say(f"handover.team.{one.team}", staff.locale)
    return {
        "by": one.by_name,
        "to": to,
        "note": text_for(grant, one.note),
        "at": iso(one.at),
        "mine": one.by == staff.id,
    }


def _care(shown: dict[str, Any], locale: str) -> dict[str, Any]:
    """What software wrote down, in the reader's language; whom it parted stands on the trip, not as ids here."""
    for task in shown["tasks"]:
        if task["note"] and task["done_by"] is None:
            said = plainly.spoken("note", task["note"], locale)
            task["note"] = None if task["kind"] == "never_matched" else said
    return shown


def _said(departments: dict[str, Any], grant: Grant) -> dict[str, Any]:
    """Other departments' tasks with the words that people wrote in them as the holder of the grant may see them."""
    tasks = [
        {**task, **{name: text_for(grant, task[name]) for name in ("what", "note") if task[name]}}
        for task in departments["tasks"]
    ]
    return {**departments, "tasks": tasks}


def _watch(conversation: Conversation, locale: str, grant: Grant) -> list[dict[str, str]] | None:
    """Why it is watched and who has opened it, as facts in words; None while it is not."""
    if conversation.watched_since is None:
        return None
    return plainly.facts(conversation.watch_reason or {}, locale, grant)


def case_in_hand(cases: list[Case]) -> Case | None:
    """The open case of the highest grade: what cards, scripts and keys are about."""
    return min((case for case in cases if case.open), key=lambda case: case.grade, default=None)


def _entry(entry: dict[str, Any], locale: str, grant: Grant) -> dict[str, Any]:
    """One entry of the timeline. label: the act, facts: its details, by: the part of the software that did it, all in words."""
    key, part = f"act.{entry['act']}", f"part.{entry['who'].partition(':')[2]}"
    return {
        **entry, "details": plainly.masked(entry["details"], grant),
        "label": say(key, locale) if has_text(key) else entry["act"].replace("_", " "),
        "facts": plainly.facts(entry["details"], locale, grant), "by": say(part, locale) if has_text(part) else None,
    }  # fmt: skip


async def _listening(session: AsyncSession, conversation_id: str, grant: Grant) -> dict[str, dict[str, Any]]:
    query = select(Listening).where(Listening.conversation_id == conversation_id)
    found: dict[str, dict[str, Any]] = {}
    for one in (await session.execute(query)).scalars():
        found.setdefault(one.message_id, {})[one.listener] = {
            "decision": one.decision, "probability": round(one.probability, 3), "intent": one.intent,
            "intent_label": plainly.spoken("intent", one.intent or "", grant.locale), "grade": one.grade,
            # because: with the names of the rules; reasons: the same in words.
            "because": plainly.masked(one.because, grant),
            "reasons": list(
                dict.fromkeys(plainly.worded("because", reason, grant.locale, grant) for reason in one.because)
            ),
            "entities": plainly.masked(one.entities, grant),
        }  # fmt: skip
    return found


def _entities(heard: dict[str, dict[str, Any]], locale: str) -> list[dict[str, Any]]:
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for listeners in heard.values():
        for one in (listeners.get("nlu") or {}).get("entities", []):
            label = plainly.label_of(one["entity"], locale)
            seen.setdefault((one["entity"], str(one["value"])), {**one, "label": label})
    return list(seen.values())


def _reporter(conversation: Conversation, grant: Grant) -> dict[str, Any]:
    return {
        "role": conversation.role, "name": conversation.person_name, "phone": phone_for(grant, conversation.callback_phone),
        "identity": conversation.identity, "language": conversation.locale,
        "position": {key: (conversation.location or {}).get(key) for key in ("lat", "lng", "accuracy_m", "at")}
        if (conversation.location or {}).get("lat") is not None else None,
    }  # fmt: skip


async def _running(session: AsyncSession, subject: str) -> list[Due]:
    """The clocks of a case or conversation that run, the nearest first."""
    query = select(Due).where(Due.subject == subject, Due.done.is_(False)).order_by(Due.due)
    return list((await session.execute(query)).scalars())


async def _case(session: AsyncSession, case: Case, staff: Member, grant: Grant) -> dict[str, Any]:
    clocks = await _running(session, case.id)
    hold = (await case_store.holds_of(session, [case.id])).get(case.id)
    full = staff.may("see_earlier_complaints")
    links = await case_store.links_of(session, [case.id]) if full else []
    label = say(f"intent.{case.kind}", staff.locale)
    return {
        "id": case.id, "reference": case.reference, "kind": case.kind, "label": label, "grade": case.grade,
        "base_grade": case.base_grade, "modifiers": case.modifiers, "state": case.state,
        "opened_at": iso(case.opened_at), "accepted_by": case.accepted_name, "accepted_at": iso(case.accepted_at),
        "title": plainly.worded("title", case.title, staff.locale, grant) or label,
        "evidence": plainly.masked(case.evidence, grant),
        "facts": plainly.facts(case.evidence, staff.locale, grant), "reports": case.reports, "source": case.source,
        "clocks": [clock_wire(row, staff.locale) for row in clocks], "hold": _hold(hold),
        "links": [
            {"reference": other.reference, "relation": relation, "summary": say(f"intent.{other.kind}", staff.locale),
             "grade": other.grade, "at": iso(other.opened_at), "state": other.state}
            for _, relation, other in links
        ],
        "emergency_call": case.emergency_call, "resolution": case.resolution,
    }  # fmt: skip


def _hold(hold: DispatchHold | None) -> dict[str, Any] | None:
    if hold is None:
        return None
    return {"state": hold.state, "since": iso(hold.held_at or hold.asked_at), "driver_name": hold.driver_name}


def acts_now(
    conversation: Conversation, cases: list[Case], staff: Member, *, held: bool
) -> tuple[list[str], dict[str, str]]:
    """Which acts this member may do on this conversation now, and why not the others."""
    grave = is_safety(conversation.grade) or conversation.watched_since is not None  # type: ignore[arg-type]
    mine = conversation.holder == "person" and conversation.holder_staff_id == staff.id
    case = next((one for one in cases if one.open), None)
    trip = conversation.trip_id is not None or any(one.trip_id for one in cases)
    permission = {
        "accept": "accept_safety" if grave else "accept_routine", "reply": "reply", "note": "note",
        "escalate": "escalate", "return": "return", "lower": "lower_grade", "clear": "clear_watch",
        "resolve": "resolve_safety" if grave else "resolve_routine", "hold": "hold_driver", "release": "release_driver",
        "emergency-call": "call_emergency", "plan": "note", "refund": "refund", "promise": "reply", "call": "call_masked",
        "new-car": "new_car", "person": "escalate", "reopen": "reopen", "review": "review_hold",
        "close": "close_safety" if any(is_safety(one.grade) for one in cases) else "close_routine",  # type: ignore[arg-type]
    }  # fmt: skip
    if conversation.team == "liaison":
        permission["accept"] = "accept_police"
    fits = {
        # Whoever holds the chat accepts a further case in it too: a second cry is nobody's until they do.
        "accept": not mine or any(one.open and one.accepted_at is None for one in cases),
        "reply": mine, "note": True, "escalate": True,
        "return": mine and not is_safety(conversation.grade),  # type: ignore[arg-type]
        "resolve": mine, "lower": case is not None, "clear": conversation.watched_since is not None,
        "hold": case is not None and case.driver_id is not None and not held, "release": held,
        "emergency-call": case is not None, "refund": mine and trip,
        "plan": any(one.open and one.kind == "stranded" and one.decided_at is None for one in cases),
        "promise": mine, "person": mine, "call": mine and trip, "new-car": mine and trip,
        "reopen": any(one.state in ("resolved", "closed") for one in cases), "review": held,
        "close": any(one.state == "resolved" for one in cases),
    }  # fmt: skip
    allowed, why_not = [], {}
    for act, rule in permission.items():
        if act == "accept" and not (grave or staff.in_house) and in_house_only(conversation.grade):
            why_not[act] = say("error.s2_in_house", staff.locale)
        elif not staff.may(rule):
            words = {"act": permission_label(rule, staff.locale), "roles": who_may(rule, staff.locale)}
            why_not[act] = say("error.not_allowed", staff.locale, **words)
        elif fits[act]:
            allowed.append(act)
        elif act in ("call", "new-car") and mine:
            why_not[act] = say("error.call_needs_trip", staff.locale)
        elif act in ("reply", "resolve", "return", "refund", "promise", "person", "call", "new-car"):
            why_not[act] = say("console.accept_first", staff.locale)
    return allowed, why_not

"""What is shown of a request: to its officer the state and nothing of a trip; to staff everything that the next step needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.conversations.models import Conversation
from bot.identity.schemas import Member, permission_label, who_may
from bot.incidents.models import Case
from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.kit.vault import unseal_many
from bot.police import listed, releasing, store
from bot.police.models import PoliceCheck, PoliceRelease, PoliceRequest
from bot.police.schemas import NEEDS, Facts
from bot.policy import policy

_ANSWERED_SHOWN = 100


def city_name(slug: str, locale: str, other: str = "") -> str:
    """The city in words; what the officer typed where it is none of ours."""
    return listed.names()[slug].in_(locale) if slug in listed.names() else other


def cities_wire(locale: str) -> list[dict[str, str]]:
    """The cities that the form offers, with the emergency number of none of them: the form asks for no position."""
    rows = [{"city": slug, "name": both.in_(locale)} for slug, both in listed.names().items()]
    return sorted(rows, key=lambda row: row["name"]) if locale == "en" else rows


async def for_officer(session: AsyncSession, request: PoliceRequest, locale: str) -> dict[str, Any]:
    """The truth about a request for whoever made it: what happened, what is owed by when while its clock runs. Nothing of the
    trip, nor whether there is one; nor, by a name, that somebody else has asked before and is being dealt with."""
    conversation = await session.get_one(Conversation, request.conversation_id)
    name = conversation.holder_name if conversation.holder == "person" else None
    case = await session.get_one(Case, request.case_id)
    release = await store.release_of(session, request.id)
    owed = request.state in store.UNANSWERED and (case.open or request.channel == "form")
    pack = None
    if release is not None and release.released_at is not None:
        until = release.released_at + timedelta(hours=policy().limits.police_release_hours)
        pack = {"released_at": iso(release.released_at), "until": iso(until), "open": now() < until}
    refusal = None
    if request.state == "refused" and request.refusal is not None:
        opened = (await unseal_many(session, [(request.id, request.refusal)]))[0]
        refusal = {
            "reason": opened.get("reason", ""), "regulator": releasing.regulator_of(request.city, locale),
            "at": iso(request.answered_at),
        }  # fmt: skip
    return {
        "now": iso(now()), "reference": request.reference, "state": request.state, "filed_at": iso(request.filed_at),
        "danger": request.danger, "due_at": iso(request.due_at) if owed and request.breached_at is None else None,
        "breached_at": iso(request.breached_at) if owed else None, "accepted_by": name if owed else None,
        "says": [say(key, locale, **values) for key, values in await _says(session, request, name, owed=owed)],
        "pack": pack, "refusal": refusal, "ended": not case.open,
    }  # fmt: skip


async def _says(
    session: AsyncSession, request: PoliceRequest, name: str | None, *, owed: bool
) -> list[tuple[str, dict[str, Any]]]:
    """The sentences of an officer's page, each of which a record holds."""
    if not owed:
        known = {"released": "police.says.released", "refused": "police.says.refused"}
        return [(known.get(request.state, "police.says.ended"), {})]
    said: list[tuple[str, dict[str, Any]]] = [
        ("police.says.accepted", {"name": name}) if name is not None else ("police.says.paged", {})
    ]
    checks = await store.checks_of(session, request.id)
    if request.verified_at is not None:
        said.append(("police.says.verified", {}))
    elif not checks:
        said.append(("police.says.unchecked", {}))
    else:
        said.append((f"police.says.check_{checks[-1].outcome}", {}))
    if request.breached_at is not None:
        said.append(("police.says.breached", {}))
    return said


async def rows(session: AsyncSession, locale: str) -> list[dict[str, Any]]:
    """Every request for the staff's page: what is owed first, by due time."""
    found = []
    for request, case in await store.listed(session, _ANSWERED_SHOWN):
        facts = await store.facts_of(session, request)
        found.append({
            **_head(request), "city": city_name(request.city, locale, facts.other_city), "unit": facts.unit,
            "officer": facts.officer, "case": case.reference, "grade": case.grade, "case_state": case.state,
            "accepted_by": case.accepted_name, "answered_by": request.answered_by,
        })  # fmt: skip
    return found


def _head(request: PoliceRequest) -> dict[str, Any]:
    owed = request.state in store.UNANSWERED
    return {
        "id": request.id, "reference": request.reference, "conversation_id": request.conversation_id,
        "number": request.number, "channel": request.channel, "state": request.state, "danger": request.danger,
        "needs": request.needs, "filed_at": iso(request.filed_at), "due_at": iso(request.due_at) if owed else None,
        "breached_at": iso(request.breached_at), "answered_at": iso(request.answered_at),
    }  # fmt: skip


async def of_cases(
    session: AsyncSession, cases: Sequence[Case], staff: Member
) -> list[dict[str, Any]] | None:
    """The police card of a case's screen: its requests, the first first; None for who may not see them or has none."""
    if not staff.may("accept_police"):
        return None
    known = {case.id: case for case in cases if case.kind == "police_request"}
    found = await store.of_cases(session, list(known))
    return [await for_staff(session, one, known[one.case_id], staff) for one in found] or None


async def for_staff(
    session: AsyncSession, request: PoliceRequest, case: Case, staff: Member
) -> dict[str, Any]:
    """A request with all that the next step needs: facts, the numbers to call, the call-backs, the release, what this person
    may do now and why not the rest."""
    facts = await store.facts_of(session, request)
    checks = await store.checks_of(session, request.id)
    told = await unseal_many(session, [(one.request_id, one.sealed) for one in checks])
    release = await store.release_of(session, request.id)
    locale, city = staff.locale, listed.cities().get(request.city)
    allowed, why_not = acts_now(request, facts, case, release, staff)
    return {
        **_head(request), "case": case.reference, "city": city_name(request.city, locale, facts.other_city),
        "city_slug": request.city, "facts": facts.model_dump(mode="json"),
        "regulator": releasing.regulator_of(request.city, locale),
        "numbers": [
            {"number": one.number, "kind": one.kind, "name": one.name.in_(locale),
             "verified_on": one.verified_on.isoformat() if one.verified_on else None}
            for one in (city.numbers if city else [])
        ],
        "checks": [_check(one, details) for one, details in zip(checks, told, strict=True)],
        "verified_by": request.verified_by, "trip_found": case.trip_id is not None,
        "release": await _release(session, release), "alone": releasing.alone(request),
        "refusal_asked_at": iso(request.refusal_asked_at), "allowed": allowed, "forbidden_because": why_not,
    }  # fmt: skip


def _check(check: PoliceCheck, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": iso(check.at), "name": check.name, "number": check.number, "listed": check.listed, "outcome": check.outcome,
        "answered_by": told.get("answered_by", ""), "note": told.get("note", ""), "source": told.get("source", ""),
    }  # fmt: skip


async def _release(session: AsyncSession, release: PoliceRelease | None) -> dict[str, Any] | None:
    if release is None:
        return None
    links = await store.links_of(session, release.id)
    return {
        "id": release.id, "state": release.state, "emergency": release.emergency, "sections": release.sections,
        "proposed_by": release.proposed_name, "proposed_at": iso(release.proposed_at),
        "released_by": release.released_name, "released_at": iso(release.released_at), "sha256": release.sha256,
        "downloads": [
            {"format": one.format, "at": iso(one.used_at), "made_by": one.made_by} for one in links if one.used_at
        ],
    }  # fmt: skip


def acts_now(
    request: PoliceRequest, facts: Facts, case: Case, release: PoliceRelease | None, staff: Member
) -> tuple[list[str], dict[str, str]]:
    """Which acts this member may do on the request now, and why not the others, in words."""
    locale, owed = staff.locale, request.state in store.UNANSWERED
    second = release is not None and release.state == "proposed" and release.proposed_by == staff.id
    unready = _why_not_ready(request, facts, case)
    ready = unready is None
    rules = {
        "check": ("verify_police", owed, "police.why.answered"), "facts": ("verify_police", owed, "police.why.answered"),
        "danger": ("escalate", owed and not request.danger, "police.why.danger"),
        "preview": ("release_police_pack", ready, unready or ""),
        "release": ("release_police_pack", ready and (not second or releasing.alone(request)),
                    unready or "police.why.second"),
        "withdraw": ("release_police_pack", release is not None and release.state == "proposed", "police.why.nothing"),
        "refuse": ("verify_police", owed, "police.why.answered"),
        "link": ("release_police_pack", request.state == "released", "police.why.unreleased"),
    }  # fmt: skip
    allowed, why_not = [], {}
    for act, (permission, fits, why) in rules.items():
        if not staff.may(permission):
            words = {"act": permission_label(permission, locale), "roles": who_may(permission, locale)}
            why_not[act] = say("error.not_allowed", locale, **words)
        elif fits:
            allowed.append(act)
        else:
            why_not[act] = say(why, locale)
    return allowed, why_not


def _why_not_ready(request: PoliceRequest, facts: Facts, case: Case) -> str | None:
    """Why nothing can be proposed or released yet (`releasing.releasable`), None when it can."""
    if request.state not in store.UNANSWERED:
        return "police.why.answered"
    if request.verified_at is None:
        return "police.why.unverified"
    if case.trip_id is None:
        return "police.why.no_trip"
    return "police.why.other_plate" if releasing.another_car(facts, case) else None


def needs_wire(locale: str) -> list[dict[str, str]]:
    """What may be asked for, in words."""
    return [{"need": one, "name": say(f"police.need.{one}", locale)} for one in NEEDS]

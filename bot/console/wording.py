"""What an agent is shown before an answer goes out: what policy refuses, and what they may still send on second thoughts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.listeners.sentinel import normalise
from bot.console import claims, phrases
from bot.console.named_times import minutes_named as minutes_named
from bot.conversations.models import Conversation, Message
from bot.errors import Conflict, Unprocessable
from bot.identity.schemas import Member
from bot.incidents import store as case_store
from bot.incidents.timeline import holds_act, record
from bot.kit.database import UnitOfWork
from bot.kit.locale import has_text, say
from bot.macros import service as macros
from bot.macros import store as macro_store
from bot.policy import Grade, is_safety

_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE = re.compile(r"[。！？!?;；\n]+|\.(?=\s|$)")
_EARLIER = 300


@dataclass(frozen=True)
class Draft:
    """What is about to be said. promise_at: the time that is set with it; macros: those it was written from."""

    text: str
    promise_at: datetime | None = None
    macros: list[macros.Macro] = field(default_factory=list)


@dataclass(frozen=True)
class Concern:
    """key: the same concern about the same words has the same; code: of the error when it is refused; say: in the member's
    language; words: what was found; minutes: the time that the words name, as far as it can be read."""

    kind: str
    key: str
    code: str
    refused: bool
    say: str
    words: str
    values: dict[str, Any] = field(default_factory=dict)
    minutes: int | None = None
    claim: str | None = None

    def wire(self) -> dict[str, Any]:
        shown = asdict(self)
        del shown["values"], shown["code"]
        return {name: value for name, value in shown.items() if value is not None}


def _concern(
    kind: str, code: str, staff: Member, words: str, values: dict[str, Any], *, refused: bool, about: str = "",
    minutes: int | None = None, claim: str | None = None,
) -> Concern:  # fmt: skip
    key = hashlib.sha256(f"{kind}|{about}|{words}".encode()).hexdigest()[:16]
    text = say(f"error.{code}" if refused else f"concern.{code}", staff.locale, **values)
    return Concern(kind, key, code, refused, text, words, values, minutes, claim)


async def weigh(
    session: AsyncSession, conversation: Conversation, staff: Member, draft: Draft
) -> list[Concern]:
    """Everything that speaks against sending `draft` as it is; what is refused comes first."""
    found = [*_blanks(draft, staff), *_phrases(conversation, staff, draft)]
    for claim, said in await claims.unrecorded(
        session, conversation.id, draft.text, promise_at=draft.promise_at
    ):
        timed = claim.name == claims.TIME_PROMISED
        values = {"claim": said, "act": claim.todo[staff.locale]}
        found.append(
            _concern(
                "time" if timed else "claim", "claim_without_record", staff, said, values, refused=True,
                claim=claim.name, minutes=minutes_named(draft.text) if timed else None,
            )
        )  # fmt: skip
    found += await _macros(session, conversation, staff, draft)
    found += await _repeated(session, conversation, staff, draft)
    return sorted(found, key=lambda one: not one.refused)


def _blanks(draft: Draft, staff: Member) -> list[Concern]:
    known = {*macros.FILLED, *macros.BLANKS}
    left = [f"{{{name}}}" for name in macros.variables(draft.text) if name in known]
    if not left:
        return []
    words = " ".join(left)
    return [_concern("blank", "blank_left", staff, words, {"names": words}, refused=True)]


def _phrases(conversation: Conversation, staff: Member, draft: Draft) -> list[Concern]:
    grade: Grade = conversation.grade or "S3"  # type: ignore[assignment]
    return [
        _concern(
            "phrase", "forbidden_phrase", staff, said, {"phrase": said, "instead": rule.instead[staff.locale]},
            refused=refused, about=rule.name,
        )
        for rule, said, refused in phrases.said_in(draft.text, grade)
    ]  # fmt: skip


async def _macros(
    session: AsyncSession, conversation: Conversation, staff: Member, draft: Draft
) -> list[Concern]:
    """A macro whose act the timeline does not hold, and one that has gone out here before."""
    found: list[Concern] = []
    used = await macro_store.uses_in(session, conversation.id) if draft.macros else {}
    for one in draft.macros:
        name = one.content.name.of(staff.locale)
        if (act := await not_done(session, conversation, one.content, staff.locale)) is not None:
            values = {"name": name, "act": act}
            found.append(
                _concern("macro", "macro_without_act", staff, name, values, refused=True, about=one.id)
            )
        if used.get(one.id):
            found.append(
                _concern("again", "macro_again", staff, name, {"name": name}, refused=False, about=one.id)
            )
    return found


async def not_done(
    session: AsyncSession, conversation: Conversation, content: macros.MacroContent, locale: str
) -> str | None:
    """What the macro rests on and the timeline of this conversation and its cases does not hold, in words; None when it holds
    it. A macro that names an emergency service rests on the call to that service, as any claim does."""
    if content.act is None:
        return None
    case_ids = [case.id for case in await case_store.of_conversation(session, conversation.id)]
    said = [
        (set(claim.acts), claim.service)
        for claim in claims.rules().claims
        if content.act in claim.acts and (claim.found(content.text.zh) or claim.found(content.text.en))
    ]
    for acts, service in said or [({content.act}, None)]:
        if not await holds_act(
            session, acts, case_ids=case_ids, conversation_id=conversation.id, service=service
        ):
            label = act_label(content.act, locale)
            return f"{label} ({say(f'emergency.{service}', locale)})" if service else label
    return None


def act_label(act: str, locale: str) -> str:
    """An act of the timeline in words."""
    return say(f"act.{act}", locale) if has_text(f"act.{act}") else act.replace("_", " ")


async def _repeated(
    session: AsyncSession, conversation: Conversation, staff: Member, draft: Draft
) -> list[Concern]:
    """Sentences that the assistant or a colleague has already said here, word for word."""
    query = select(Message.text).where(
        Message.conversation_id == conversation.id, Message.author.in_(("staff", "assistant"))
    )
    earlier = (await session.execute(query.order_by(Message.seq.desc()).limit(_EARLIER))).scalars()
    before = {plain for text in earlier for plain in sentences(text)}
    return [
        _concern("repeated", "said_before", staff, said, {"said": said}, refused=False)
        for plain, said in sentences(draft.text).items()
        if plain in before
    ]


def sentences(text: str) -> dict[str, str]:
    """The sentences that are long enough to be a formula (8 Han characters, or 5 words), normalised → as written."""
    found = {}
    for part in _SENTENCE.split(text):
        plain = normalise(part).strip(" ,，.:：")
        if len(_HAN.findall(plain)) >= 8 or len(plain.split()) >= 5:
            found[plain] = part.strip()
    return found


async def let_out(
    uow: UnitOfWork,
    conversation: Conversation,
    staff: Member,
    draft: Draft,
    *,
    despite: Sequence[str],
    why: str,
) -> None:
    """Raises when `draft` may not go out as it is; every concern is in the error's details, so that one window shows all.

    despite: keys of the concerns that the agent has seen and overrules; in S0/S1 that needs a reason, which is kept.
    Raises Unprocessable for what policy refuses and for a missing reason, Conflict `look_again` for what was not seen yet.
    """
    found = await weigh(uow.session, conversation, staff, draft)
    if not found:
        return
    details: dict[str, Any] = {
        "concerns": [one.wire() for one in found],
        "reason_needed": _grave(conversation),
    }
    if found[0].refused:
        if found[0].claim:
            details["claim"] = found[0].claim
        raise Unprocessable(found[0].code, details=details, **found[0].values)
    if any(one.key not in despite for one in found):
        raise Conflict("look_again", details=details)
    if _grave(conversation) and not why.strip():
        raise Unprocessable("reason_needed", details=details)
    await record(
        uow, "sent_despite", who=staff.who, conversation_id=conversation.id, name=staff.name, reason=why.strip(),
        shown=[f"{one.kind}: {one.words}" for one in found],
    )  # fmt: skip


def _grave(conversation: Conversation) -> bool:
    return is_safety(conversation.grade) or conversation.watched_since is not None  # type: ignore[arg-type]


def check_macro(content: macros.MacroContent, locale: str) -> None:
    """A macro that claims an act must rest on it, one that names a time must carry the promise, and none may say what is
    never said in a grade it is offered in. Raises Unprocessable."""
    acts = {act for claim in claims.rules().claims for act in claim.acts}
    if content.act is not None and content.act not in acts:
        allowed = ", ".join(f"{act} ({act_label(act, locale)})" for act in sorted(acts))
        raise Unprocessable("macro_unknown_act", act=content.act, allowed=allowed)
    for text in (content.text.zh, content.text.en):
        # A filled-in time is words like "15 minutes" when it goes out.
        filled = macros.fill(text, {"minutes": "15 minutes", "time": "15:00"})
        for claim in claims.rules().claims:
            said = claim.found(filled)
            timed = claim.name == claims.TIME_PROMISED
            bound = content.promise_minutes is not None if timed else content.act in claim.acts
            if said is not None and not bound:
                code = "macro_time_unbound" if timed else "macro_claim_unbound"
                act = ", ".join(act_label(one, locale) for one in claim.acts)
                raise Unprocessable(code, details={"acts": claim.acts}, claim=said, act=act)
        for grade in content.grades:
            for rule, said, refused in phrases.said_in(text, grade):
                if refused:
                    raise Unprocessable("forbidden_phrase", phrase=said, instead=rule.instead[locale])

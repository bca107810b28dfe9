"""Suggested replies: what colleagues answered in similar routine cases that are over, without anything of the people in them.

Never in an S0–S2, never from one: a conversation counts only if nothing graver than S3 was ever heard, opened, raised,
lowered or watched in it. What is kept in memory is masked already, and each suggestion is checked again when it is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.chat.listeners.sentinel import normalise, sentinel
from bot.chat.models import Listening
from bot.console import claims, phrases
from bot.conversations.models import Conversation, Message
from bot.identity.models import StaffAccount
from bot.incidents.models import Case, CaseConversation, TimelineEntry
from bot.kit.now import now
from bot.macros import service as macros
from bot.macros.masking import mask
from bot.macros.similar import Similar

AT_MOST = 3
_LIKE = 0.2
_NEWEST = 500
_OVERLAP = timedelta(seconds=30)
_LEAST, _MOST, _BLANKS = 12, 600, 3
_ENDED = ("handed_back", "resolved")
_GRAVE_ACTS = ("raised", "lowered", "watched", "check_in_need_help", "complaint_button", "acceptance_lapsed")


@dataclass(frozen=True)
class _Pair:
    conversation_id: str
    message_id: str
    answer: str


class Suggestions:
    """One a process: learns from what has ended since it last looked, at most the newest 500 conversations at first."""

    def __init__(self) -> None:
        self._near: dict[str, Similar] = {"zh": Similar(), "en": Similar()}
        self._pairs: dict[str, _Pair] = {}
        self._until: datetime | None = None

    async def suggest(
        self, session: AsyncSession, conversation: Conversation, facts: macros.Facts
    ) -> list[dict[str, Any]]:
        """`[{id, text, missing}]`, the likest first, with the variables that the desk knows filled in."""
        if not await _routine(session, {conversation.id}):
            return []
        asked = await _asked(session, conversation.id)
        if not asked:
            return []
        await self._learn(session)
        near = self._near[conversation.locale].search(mask(asked, {}), 12, _LIKE)
        found = [self._pairs[key] for key, _ in near if self._pairs[key].conversation_id != conversation.id]
        still = await _routine(session, {one.conversation_id for one in found})
        kept = await _unerased(session, [one.message_id for one in found])
        shown: dict[str, dict[str, Any]] = {}
        for one in found:
            if one.conversation_id in still and one.message_id in kept:
                text = macros.fill(one.answer, {"reporter": "", **facts.values})
                missing = [f"{{{name}}}" for name in macros.variables(text)]
                shown.setdefault(normalise(text), {"id": one.message_id, "text": text, "missing": missing})
        return list(shown.values())[:AT_MOST]

    async def _learn(self, session: AsyncSession) -> None:
        began = now()
        for conversation_id in await _ended_since(session, self._until):
            await self._take_in(session, conversation_id)
        self._until = began - _OVERLAP

    async def _take_in(self, session: AsyncSession, conversation_id: str) -> None:
        if not await _routine(session, {conversation_id}):
            return
        conversation = await session.get_one(Conversation, conversation_id)
        known = await _known_names(session, conversation)
        for question, message in await _answers(session, conversation_id):
            answer = mask(message.text, known)
            if _fit(answer, question):
                self._near[conversation.locale].put(message.id, mask(question, known))
                self._pairs[message.id] = _Pair(conversation_id, message.id, answer)


def _fit(answer: str, question: str) -> bool:
    """Whether an answer may help others: neither it nor what it answers speaks of danger, it claims nothing done, says
    nothing that is not said, and leaves few blanks."""
    if not _LEAST <= len(answer) <= _MOST or len(macros.variables(answer)) > _BLANKS:
        return False
    if any(sentinel().hear(text).decision != "routine" for text in (answer, question)):
        return False
    claimed = any(
        claim.found(answer) for claim in claims.rules().claims if claim.name != claims.TIME_PROMISED
    )
    return not claimed and not phrases.said_in(answer, "S3")


async def _routine(session: AsyncSession, ids: set[str]) -> set[str]:
    """Those of these conversations in which nothing was ever graver than routine."""
    if not ids:
        return set()
    linked = select(CaseConversation.conversation_id, CaseConversation.case_id).where(
        CaseConversation.conversation_id.in_(ids)
    )
    cases = {case_id: conversation_id for conversation_id, case_id in (await session.execute(linked)).all()}
    query = select(Conversation.id).where(
        Conversation.id.in_(ids), Conversation.watched_since.is_(None),
        or_(Conversation.grade.is_(None), Conversation.grade == "S3"),
        or_(Conversation.team.is_(None), Conversation.team.not_in(("safety", "liaison"))),
    )  # fmt: skip
    kept = set((await session.execute(query)).scalars())
    graver = select(Case.id).where(Case.id.in_(cases), or_(Case.grade != "S3", Case.base_grade != "S3"))
    kept -= {cases[case_id] for case_id in (await session.execute(graver)).scalars()}
    acts = select(TimelineEntry.conversation_id, TimelineEntry.case_id).where(
        TimelineEntry.act.in_(_GRAVE_ACTS),
        or_(TimelineEntry.conversation_id.in_(ids), TimelineEntry.case_id.in_(cases)),
    )
    for conversation_id, case_id in (await session.execute(acts)).all():
        kept -= {conversation_id, cases.get(case_id or "")}
    heard = select(Listening.conversation_id).where(
        Listening.conversation_id.in_(ids),
        or_(Listening.decision != "routine", Listening.grade.in_(("S0", "S1", "S2"))),
    )
    return kept - set((await session.execute(heard)).scalars())


async def _ended_since(session: AsyncSession, since: datetime | None) -> list[str]:
    """Conversations that a person has handed back, or whose case was resolved, since then; the newest at first."""
    query = select(TimelineEntry.conversation_id, TimelineEntry.case_id).where(
        TimelineEntry.act.in_(_ENDED), TimelineEntry.who.like("staff:%")
    )
    if since is not None:
        query = query.where(TimelineEntry.at >= since)
    rows = (await session.execute(query.order_by(TimelineEntry.at.desc()).limit(_NEWEST))).all()
    found = dict.fromkeys(conversation_id for conversation_id, _ in rows if conversation_id)
    cases = [case_id for _, case_id in rows if case_id]
    linked = select(CaseConversation.conversation_id).where(CaseConversation.case_id.in_(cases))
    return list(found | dict.fromkeys((await session.execute(linked)).scalars()))


async def _answers(session: AsyncSession, conversation_id: str) -> list[tuple[str, Message]]:
    """Each answer of staff with what the reporter had said since the answer before."""
    query = select(Message).where(
        Message.conversation_id == conversation_id, Message.author.in_(("reporter", "staff"))
    )
    found: list[tuple[str, Message]] = []
    said: list[str] = []
    for message in (await session.execute(query.order_by(Message.seq))).scalars():
        if message.author == "reporter":
            if message.text and not message.text.startswith("/"):
                said.append(message.text)
        elif said and message.text:
            found.append((" ".join(said[-4:]), message))
            said = []
    return found


async def _asked(session: AsyncSession, conversation_id: str) -> str:
    """What the reporter said last: since the last answer, else their last words."""
    query = select(Message.author, Message.text).where(
        Message.conversation_id == conversation_id, Message.author.in_(("reporter", "staff"))
    )
    words: list[str] = []
    for author, text in (await session.execute(query.order_by(Message.seq.desc()).limit(30))).all():
        if author == "staff" and words:
            break
        if author == "reporter" and text and not text.startswith("/"):
            words.append(text)
    return " ".join(reversed(words[:4]))


async def _unerased(session: AsyncSession, ids: list[str]) -> set[str]:
    query = select(Message.id).where(Message.id.in_(ids), Message.text != "")
    return set((await session.execute(query)).scalars())


async def _known_names(session: AsyncSession, conversation: Conversation) -> dict[str, list[str]]:
    """Names and other words that are known to be somebody's here."""
    staff = list((await session.execute(select(StaffAccount.name))).scalars())
    linked = select(Case.trip).join(CaseConversation, CaseConversation.case_id == Case.id)
    trips = (
        await session.execute(linked.where(CaseConversation.conversation_id == conversation.id))
    ).scalars()
    known = {"reporter": [conversation.person_name or ""], "agent": staff, "driver": [], "plate": [], "name": [],
             "order": [], "place": [], "phone": [conversation.callback_phone or ""]}  # fmt: skip
    for trip in trips:
        for role, name in (("driver", "driver"), ("rider", "reporter"), ("passenger", "name")):
            known[name].append(str(((trip or {}).get(role) or {}).get("name") or ""))
        known["plate"].append(str(((trip or {}).get("vehicle") or {}).get("plate") or ""))
        known["order"].append(str((trip or {}).get("order_no") or ""))
        for end in ("pickup", "destination"):
            place = (trip or {}).get(end) or {}
            known["place"] += [str(place.get(part) or "") for part in ("name", "name_en", "address")]
    return known

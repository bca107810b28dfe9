"""`/staff`: tells agents' pages what changed; who looks at which conversation, so that two never answer at once."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import socketio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import answering
from bot.console.detail import conversation_for
from bot.conversations import store as conversation_store
from bot.conversations.models import Conversation
from bot.errors import VigilError
from bot.handoff.tasks import Attendance
from bot.identity.endpoints import member_from_cookie_header
from bot.identity.personal import text_for
from bot.incidents import store as case_store
from bot.incidents.models import CaseConversation
from bot.kit.database import Database, Event
from bot.kit.http import error_body
from bot.kit.worker import Worker
from bot.policy import is_safety

_ALL = "staff"
# What the desk must not keep to itself: paging that fails, an hour without anybody, a forged acknowledgement.
_FOR_EVERYBODY = frozenset(
    {"paging.failed", "paging.dead", "paging.alive", "rota.empty", "page.forged", "page.seen"}
)


_AGAIN_S = 3.0


def words_room(conversation_id: str, *, full: bool, grave: bool) -> str:
    """Where the words of a conversation go. full: to who may see phones in them; grave: to who may take an S0/S1."""
    return f"words:{conversation_id}:{'full' if full else 'masked'}:{'grave' if grave else 'routine'}"


def words_rooms(conversation_id: str, *, routine: bool = True) -> list[tuple[str, bool]]:
    """Every such room, with whether phones are shown there; without those for the routine alone if not `routine`."""
    rights = [(full, grave) for full in (True, False) for grave in (True, False) if routine or grave]
    return [(words_room(conversation_id, full=full, grave=grave), full) for full, grave in rights]


class StaffNamespace(socketio.AsyncNamespace):
    """Connect with the staff cookie. Rooms: all staff, each member, each conversation that is looked at."""

    def __init__(self, database: Database, attendance: Attendance) -> None:
        super().__init__("/staff")
        self._db, self._attendance = database, attendance
        self._viewing: dict[str, tuple[str, dict[str, Any]]] = {}
        self._cookies: dict[str, str] = {}
        database.subscribers.append(self.on_event)

    async def on_event(self, event: Event) -> None:
        """A conversation may have become one that a viewer must not see any more: they leave its room."""
        if event.topic != "conversation.changed":
            return
        for sid, (conversation_id, _) in list(self._viewing.items()):
            if conversation_id == event.data["conversation_id"]:
                member = (await self.get_session(sid))["member"]
                if not await self._may_see(member, conversation_id):
                    await self.on_view(sid, None)

    async def look_again(self) -> None:
        """The pages that are open in this process: who is signed out, disabled or changed, and who must not see what they look
        at any more. What another process did reaches this one by no event."""
        for sid, cookie in list(self._cookies.items()):
            member = await member_from_cookie_header(self._db, cookie)
            if sid not in self._cookies:
                continue
            if member is None:
                await self.disconnect(sid)
                continue
            seen = self._viewing.get(sid)
            if member != (await self.get_session(sid))["member"]:
                await self.save_session(sid, {"member": member})
                await self.on_view(sid, {"conversation_id": seen[0]} if seen else None)
            elif seen is not None and not await self._may_see(member, seen[0]):
                await self.on_view(sid, None)

    async def _may_see(self, member: Any, conversation_id: str) -> bool:
        async with self._db.reading() as session:
            try:
                await conversation_for(session, member, conversation_id)
            except VigilError:
                return False
        return True

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        member = await member_from_cookie_header(self._db, environ.get("HTTP_COOKIE", ""))
        if member is None:
            raise socketio.exceptions.ConnectionRefusedError(
                error_body(VigilError("sign_in_needed"), "en")["error"]
            )
        await self.save_session(sid, {"member": member})
        self._cookies[sid] = environ.get("HTTP_COOKIE", "")
        await self.enter_room(sid, _ALL)
        await self.enter_room(sid, f"member:{member.id}")
        await self._attendance.came(sid, member.id)

    async def on_disconnect(self, sid: str, *_reason: Any) -> None:
        seen = self._viewing.pop(sid, None)
        self._cookies.pop(sid, None)
        await self._attendance.went(sid)
        if seen is not None:
            await self._presence(seen[0])

    async def on_view(self, sid: str, data: Any) -> None:
        """The page shows a conversation (or none): its room is joined, the others are told."""
        member = (await self.get_session(sid))["member"]
        before = self._viewing.pop(sid, None)
        if before is not None:
            await self.leave_room(sid, f"conversation:{before[0]}")
            for name, _ in words_rooms(before[0]):
                await self.leave_room(sid, name)
            await self._presence(before[0])
        wanted = data.get("conversation_id") if isinstance(data, dict) else None
        if not isinstance(wanted, str):
            return
        if not await self._may_see(member, wanted):
            return
        self._viewing[sid] = (wanted, {"id": member.id, "name": member.name, "typing": False})
        await self.enter_room(sid, f"conversation:{wanted}")
        rights = {"full": member.may("see_unmasked_phone"), "grave": member.may("accept_safety")}
        await self.enter_room(sid, words_room(wanted, **rights))
        await self._presence(wanted)

    async def on_typing(self, sid: str, data: Any) -> None:
        seen = self._viewing.get(sid)
        if seen is None or not isinstance(data, dict):
            return
        conversation_id, viewer = seen
        viewer["typing"] = bool(data.get("on"))
        await self._presence(conversation_id)
        member = (await self.get_session(sid))["member"]
        # Colleagues see who writes (a note, a draft); the reporter sees only whoever has their conversation.
        with suppress(VigilError):
            await answering.typing(self._db, member, conversation_id, on=viewer["typing"])

    async def _presence(self, conversation_id: str) -> None:
        viewers = {one["id"]: one for seen, one in self._viewing.values() if seen == conversation_id}
        body = {"conversation_id": conversation_id, "viewers": list(viewers.values())}
        await self.emit("presence", body, room=f"conversation:{conversation_id}")


class LooksAgain(Worker):
    """Sees to it every few seconds that the staff pages of this process are still theirs to look at."""

    def __init__(self, database: Database, staff: StaffNamespace) -> None:
        super().__init__(database, _AGAIN_S)
        self._staff = staff

    async def step(self) -> None:
        await self._staff.look_again()


class StaffBroadcast:
    """Turns committed events into what agents' pages listen for."""

    def __init__(self, server: socketio.AsyncServer, database: Database) -> None:
        self._server, self._db = server, database
        database.subscribers.append(self.on_event)

    async def on_event(self, event: Event) -> None:
        data = event.data
        if event.topic == "conversation.message":
            await self._say(data["conversation_id"], data["message"])
            await self._emit("queue", {}, _ALL)
        elif event.topic in ("conversation.changed", "conversation.read"):
            body = {"id": data["conversation_id"]}
            await self._emit("conversation", body, f"conversation:{data['conversation_id']}")
            await self._emit("queue", {}, _ALL)
        elif event.topic in ("case.changed", "case.raised"):
            await self._case_changed(data["case_id"])
        elif event.topic == "page":
            await self._alarm(data)
        elif event.topic in ("notice", "reminder"):
            for staff_id in data.get("staff_ids") or ([data["staff_id"]] if data.get("staff_id") else []):
                await self._emit(event.topic, data, f"member:{staff_id}")
            await self._emit("queue", {}, _ALL)
        elif event.topic == "mention":
            for staff_id in data["staff_ids"]:
                await self._emit("mention", data, f"member:{staff_id}")
        elif event.topic in _FOR_EVERYBODY:
            await self._emit("notice", {**data, "topic": event.topic}, _ALL)
        elif event.topic in ("staff.signed_out", "staff.changed"):
            await self._disconnect(data["staff_id"])
        elif event.topic == "reporter.typing":
            body = {"conversation_id": data["conversation_id"], "author": "reporter", "on": data["on"]}
            await self._emit("typing", body, f"conversation:{data['conversation_id']}")

    async def _say(self, conversation_id: str, message: dict[str, Any]) -> None:
        """The words to those who look, each group as it may see them. Once an S0/S1 is or was open, only to those who may take
        one: another process may not have noticed yet who must not look any more. The others' pages ask the desk."""
        async with self._db.reading() as session:
            one = await conversation_store.get(session, conversation_id)
            grave = one is None or is_safety(one.grade) or one.watched_since is not None  # type: ignore[arg-type]
            grave = grave or bool(await case_store.had_safety(session, [conversation_id]))
        for name, full in words_rooms(conversation_id, routine=not grave):
            shown = {**message, "text": text_for(full, message["text"])}
            await self._emit("message", {"conversation_id": conversation_id, "message": shown}, name)
        if grave:
            await self._emit("conversation", {"id": conversation_id}, f"conversation:{conversation_id}")

    async def _disconnect(self, staff_id: str) -> None:
        """A sign-out or a changed account ends the member's open pages; they sign in anew."""
        for sid, _ in list(self._server.manager.get_participants("/staff", f"member:{staff_id}")):
            await self._server.disconnect(sid, namespace="/staff")

    async def _alarm(self, data: dict[str, Any]) -> None:
        """A page to people: their pages ring. The subject is a case id, or a name before a conversation's or case's id."""
        async with self._db.reading() as session:
            conversation_id = await ringing_conversation(session, data["subject"])
        body = {"conversation_id": conversation_id, "grade": data["grade"], "reference": data["reference"],
                "step": data.get("step", 0)}  # fmt: skip
        for staff_id in data["staff_ids"]:
            await self._emit("alarm", body, f"member:{staff_id}")
        await self._emit("queue", {}, _ALL)

    async def _case_changed(self, case_id: str) -> None:
        async with self._db.reading() as session:
            ids = await case_store.conversations_of(session, case_id)
        for conversation_id in ids:
            await self._emit("conversation", {"id": conversation_id}, f"conversation:{conversation_id}")
        await self._emit("queue", {}, _ALL)

    async def _emit(self, name: str, body: dict[str, Any], room: str) -> None:
        await self._server.emit(name, body, room=room, namespace="/staff")


async def ringing_conversation(session: AsyncSession, subject: str) -> str | None:
    """The conversation that an alarm opens: of a case the one in which its reporters wrote last, for that is what rings."""
    name, _, rest = subject.partition(":")
    if name in ("watch", "promise", "joined", "team", "untaken"):
        return rest
    case_id = rest or name
    query = (
        select(CaseConversation.conversation_id)
        .join(Conversation, Conversation.id == CaseConversation.conversation_id)
        .where(CaseConversation.case_id == case_id)
        .order_by(Conversation.last_reporter_at.desc().nulls_last(), CaseConversation.at)
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()

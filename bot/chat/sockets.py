"""Socket.IO for those who report: `/chat` is ours (acknowledgements, sequence, replay, typing), `/` speaks Rasa's own
events so that existing Rasa widgets work unchanged."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import socketio
import structlog
from pydantic import ValidationError

from bot.chat import push, service
from bot.chat.presence import Presence
from bot.chat.rates import Rates
from bot.chat.receive import START, Incoming, receive
from bot.chat.schemas import LAST_SEQ, NewMessage, Seen
from bot.chat.state import conversation_state
from bot.conversations import delivery, store
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.conversations.schemas import message_wire
from bot.errors import VigilError
from bot.kit.database import Database, Event
from bot.kit.http import error_body
from bot.kit.locale import language_of, locale_from
from bot.kit.now import now
from bot.kit.pages import version
from bot.settings import settings

log = structlog.get_logger(__name__)
_RASA_DOOR = "socketio"
# Ends at which a client had everything that was sent to it until then. Any other end is found out late, by its silence.
_CLEAN_ENDS = frozenset({"client disconnect", "server disconnect", "transport close"})


def room(conversation_id: str) -> str:
    """The room of everyone on the reporter's side of a conversation."""
    return f"conversation:{conversation_id}"


def _address(environ: dict[str, Any]) -> str | None:
    """Where a socket comes from, None when the server does not know."""
    client = (environ.get("asgi.scope") or {}).get("client")
    return str(client[0]) if client else None


def refusal(error: VigilError, locale: str) -> dict[str, Any]:
    """A failed acknowledgement, in the form of every error."""
    return {"ok": False, **error_body(error, locale)}


class ChatNamespace(socketio.AsyncNamespace):
    """`/chat`: connect with `auth: {token}`."""

    def __init__(self, database: Database, rates: Rates, presence: Presence) -> None:
        super().__init__("/chat")
        self._db, self._rates, self._presence = database, rates, presence

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        try:
            conversation = await service.conversation_for(self._db, token if isinstance(token, str) else None)
        except VigilError as error:
            locale = locale_from(environ.get("HTTP_ACCEPT_LANGUAGE"))
            raise socketio.exceptions.ConnectionRefusedError(error_body(error, locale)["error"]) from error
        await self.save_session(
            sid,
            {"conversation": conversation.id, "locale": conversation.locale, "address": _address(environ)},
        )
        await self.enter_room(sid, room(conversation.id))
        await self._presence.came(sid, conversation.id)

    async def on_disconnect(self, sid: str, *_reason: Any) -> None:
        left = await self._presence.went(sid)
        if left is not None and settings().push_url:
            async with self._db.unit_of_work() as uow:
                await push.owe(uow, await uow.session.get_one(Conversation, left))

    async def _conversation(self, sid: str) -> tuple[str, str]:
        session = await self.get_session(sid)
        return session["conversation"], session["locale"]

    async def on_send(self, sid: str, data: Any) -> dict[str, Any]:
        """Stored before it is acknowledged; a refusal says in words what to do."""
        conversation_id, locale = await self._conversation(sid)
        try:
            body = NewMessage.model_validate(data)
            location = body.location.model_dump(exclude_none=True) if body.location else None
            address = (await self.get_session(sid))["address"]
            withheld = await self._rates.withheld(conversation_id, address)
            incoming = Incoming(body.client_id, body.text, body.payload, location, withheld=withheld)
            receipt = await receive(self._db, conversation_id, incoming)
            return {"ok": True, **receipt.body}
        except ValidationError as problem:
            fields = ", ".join(".".join(map(str, one["loc"])) or "body" for one in problem.errors())
            return refusal(VigilError("invalid_field", fields=fields), locale)
        except VigilError as error:
            return refusal(error, locale)
        except Exception:
            log.exception("message not stored")
            return refusal(VigilError("not_stored"), locale)

    async def on_replay(self, sid: str, data: Any) -> dict[str, Any]:
        """Everything after a sequence number, the state, and which widget is served: what a reconnecting page asks for."""
        conversation_id, _ = await self._conversation(sid)
        after = data.get("after", 0) if isinstance(data, dict) else 0
        async with self._db.reading() as session:
            said = await store.messages_after(
                session, conversation_id, min(after, LAST_SEQ) if isinstance(after, int) else 0
            )
            conversation = await session.get_one(Conversation, conversation_id)
            state = await conversation_state(session, conversation)
        return {
            "messages": [message_wire(message) for message in said],
            "conversation": {**state, "version": version("widget")},
        }

    async def on_typing(self, sid: str, data: Any) -> None:
        conversation_id, _ = await self._conversation(sid)
        on = bool(data.get("on")) if isinstance(data, dict) else False
        await self._db.publish([Event("reporter.typing", {"conversation_id": conversation_id, "on": on})])

    async def on_read(self, sid: str, data: Any) -> None:
        conversation_id, _ = await self._conversation(sid)
        try:
            seen = Seen.model_validate(data)
        except ValidationError:
            return
        async with self._db.unit_of_work() as uow:
            conversations.mark_read(uow, await conversations.lock(uow, conversation_id), "reporter", seen.seq)


class RasaNamespace(socketio.AsyncNamespace):
    """`/`: `session_request` → `session_confirm`, `user_uttered` → `bot_uttered`, as Rasa's Socket.IO channel speaks.

    A session id is a secret that this server issued; one that it did not issue gets a new one. A client that comes back is told
    what was said while it was away; where nobody can know whether its old connection still carried the last words, again.
    """

    def __init__(self, database: Database, rates: Rates) -> None:
        super().__init__("/")
        self._db, self._rates = database, rates

    async def on_connect(self, sid: str, environ: dict[str, Any], _auth: Any = None) -> None:
        locale = locale_from(environ.get("HTTP_ACCEPT_LANGUAGE"))
        await self.save_session(sid, {"address": _address(environ), "locale": locale})

    async def on_disconnect(self, sid: str, reason: str = "") -> None:
        conversation_id = (await self.get_session(sid)).get("conversation")
        if conversation_id is not None:
            await self._reached(conversation_id, sure=reason in _CLEAN_ENDS)

    async def on_session_request(self, sid: str, data: Any) -> None:
        wanted = data.get("session_id") if isinstance(data, dict) else None
        conversation_id = await self._known(wanted) if isinstance(wanted, str) else None
        session_id, known, session = wanted, conversation_id is not None, await self.get_session(sid)
        if conversation_id is None:
            opened = await service.open_session(
                self._db,
                locale=session.get("locale", "en"),
                channel="rasa-widget",
                app_token=None,
                door=_RASA_DOOR,
            )
            conversation_id, session_id = opened.conversation.id, opened.session_id
        listening = session.get("conversation") == conversation_id
        await self.save_session(sid, {**session, "conversation": conversation_id})
        others = any(self._sockets(conversation_id))
        await self.enter_room(sid, room(conversation_id))
        await self.emit("session_confirm", session_id, to=sid)
        if known and not listening:
            await self._tell_missed(sid, conversation_id, others)

    def _sockets(self, conversation_id: str) -> list[Any]:
        return list(self.server.manager.get_participants("/", room(conversation_id)))

    async def _tell_missed(self, sid: str, conversation_id: str, others: bool) -> None:
        """others: another connection of the session looks alive, perhaps the one that this client has just lost."""
        if others:
            await self._reached(conversation_id, sure=False)
        async with self._db.unit_of_work() as uow:
            missed = await delivery.claim(uow, conversation_id, _RASA_DOOR)
        for message in missed:
            await self.emit("bot_uttered", _as_rasa(message_wire(message)), to=sid)

    async def _reached(self, conversation_id: str, *, sure: bool) -> None:
        """The client was connected until now: it has all that was said, or at least (not sure) what was said before the time in
        which a dead connection still looks alive."""
        engine = self.server.eio
        before = None if sure else now() - timedelta(seconds=engine.ping_interval + engine.ping_timeout)
        async with self._db.unit_of_work() as uow:
            await delivery.reached(uow, conversation_id, _RASA_DOOR, before=before)

    async def _known(self, session_id: str) -> str | None:
        async with self._db.reading() as session:
            conversation = await store.by_session_id(session, session_id, _RASA_DOOR)
        return conversation.id if conversation else None

    async def on_user_uttered(self, sid: str, data: Any) -> None:
        message = data if isinstance(data, dict) else {}
        session = await self.get_session(sid)
        claimed = message.get("session_id")
        if "conversation" not in session or (
            isinstance(claimed, str) and not await self._same(session, claimed)
        ):
            await self.on_session_request(sid, message)
            session = await self.get_session(sid)
        text = message.get("message")
        if not isinstance(text, str):
            return
        # A start payload of whatever name opens the session in those widgets; it is the greeting here.
        payload = (
            START
            if text.startswith("/") and text.lstrip("/").isidentifier() and await self._untouched(session)
            else None
        )
        given = message.get("id") or message.get("client_id")
        client_id = given if isinstance(given, str) and 0 < len(given) <= 100 else uuid.uuid4().hex
        try:
            withheld = await self._rates.withheld(session["conversation"], session.get("address"))
            tap = await self._tap(session, text) or payload
            incoming = Incoming(client_id, text, tap, withheld=withheld)
            receipt = await receive(self._db, session["conversation"], incoming)
            async with self._db.unit_of_work() as uow:
                # Who speaks is connected, and has what was said before.
                await delivery.reached(uow, session["conversation"], _RASA_DOOR, below=receipt.body["seq"])
        except VigilError as error:
            await self._refuse(sid, error, text)
        except Exception:
            log.exception("message not stored")
            await self._refuse(sid, VigilError("not_stored"), text)

    async def _refuse(self, sid: str, error: VigilError, text: str) -> None:
        """Rasa's widgets know no refusal: it is said as the bot's words."""
        said = error_body(error, language_of(text, "en"))["error"]["message"]
        await self.emit("bot_uttered", {"text": said}, to=sid)

    async def _untouched(self, session: dict[str, Any]) -> bool:
        """Nothing has been said yet: only then can a `/name` be the payload that opens the widget."""
        async with self._db.reading() as reading:
            conversation = await reading.get_one(Conversation, session["conversation"])
        return conversation.next_seq == 1

    async def _same(self, session: dict[str, Any], claimed: str) -> bool:
        return await self._known(claimed) == session.get("conversation")

    async def _tap(self, session: dict[str, Any], text: str) -> str | None:
        if not text.startswith("/"):
            return None
        async with self._db.reading() as reading:
            offered = await store.offered_buttons(reading, session["conversation"])
        return text if text in offered else None


class ChatBroadcast:
    """Tells the sockets what was committed. Several workers share rooms through the Socket.IO manager (Redis)."""

    def __init__(self, server: socketio.AsyncServer, database: Database) -> None:
        self._server, self._db = server, database
        database.subscribers.append(self.on_event)

    async def on_event(self, event: Event) -> None:
        conversation_id = event.data.get("conversation_id")
        if conversation_id is None:
            return
        to = room(conversation_id)
        if event.topic == "conversation.message":
            message = event.data["message"]
            await self._server.emit("message", message, room=to, namespace="/chat")
            if message["author"] != "reporter":
                await self._server.emit("bot_uttered", _as_rasa(message), room=to, namespace="/")
        elif event.topic == "conversation.changed":
            async with self._db.reading() as session:
                conversation = await session.get(Conversation, conversation_id)
                if conversation is not None:
                    state = await conversation_state(session, conversation)
                    await self._server.emit("conversation", state, room=to, namespace="/chat")
        elif event.topic == "conversation.read" and event.data["by"] == "staff":
            await self._server.emit("read", {"seq": event.data["seq"]}, room=to, namespace="/chat")
        elif event.topic == "staff.typing":
            typing = {"author": "staff", "name": event.data.get("name"), "on": event.data["on"]}
            await self._server.emit("typing", typing, room=to, namespace="/chat")


def _as_rasa(message: dict[str, Any]) -> dict[str, Any]:
    """A message as Rasa's widgets take it."""
    said: dict[str, Any] = {"text": message["text"]}
    if message.get("buttons"):
        said["quick_replies"] = [
            {"content_type": "text", "title": button["title"], "payload": button["payload"]}
            for button in message["buttons"]
        ]
    return said

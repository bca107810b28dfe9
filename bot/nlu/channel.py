"""The desk's own Rasa channel: hearing, talking, hand-back, erasure and health over HTTP on loopback."""

from __future__ import annotations

import functools
import hmac
import ipaddress
import json
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, Optional
from urllib.parse import unquote

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.nlu import lean
from bot.nlu.text import repair
from bot.nlu.turns import Conversationalist, Said, Turn, TurnError

logger = logging.getLogger(__name__)

LONGEST_TEXT = 4000  # characters
_LANGUAGES = ("zh", "en")
_AUTHORS = ("reporter", "staff", "assistant")
Handler = Callable[[Request, Conversationalist], Awaitable[dict[str, Any]]]


def _respond(body: dict[str, Any], status: int = 200) -> HTTPResponse:
    # Escaped to ASCII, so that a lone surrogate in the text cannot break the answer.
    return HTTPResponse(json.dumps(body, default=str), status=status, content_type="application/json")


def _refused(error: TurnError) -> HTTPResponse:
    return _respond({"error": {"code": error.code, "message": error.message}}, error.status)


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise TurnError(400, "not_json", "The request must be a JSON object in UTF-8.") from error
    if not isinstance(body, dict):
        raise TurnError(400, "not_json", "The request must be a JSON object.")
    return body


def _field(body: dict[str, Any], name: str, kind: type, default: Any = None, required: bool = False) -> Any:
    value = body.get(name)
    if value is None and not required:
        return default
    if not isinstance(value, kind) or (kind is str and required and name != "text" and not value):
        raise TurnError(422, "bad_field", f"`{name}` must be given as {_KINDS[kind.__name__]}.")
    return value


_KINDS = {"str": "a text", "dict": "an object", "list": "a list"}


def _text(body: dict[str, Any]) -> str:
    text: str = _field(body, "text", str, required=True)
    if len(text) > LONGEST_TEXT:
        raise TurnError(413, "too_long", f"A text has at most {LONGEST_TEXT} characters.")
    return text


def _language(body: dict[str, Any]) -> str | None:
    language: str | None = _field(body, "language", str)
    if language is not None and language not in _LANGUAGES:
        raise TurnError(422, "bad_field", "`language` must be zh or en.")
    return language


def _identifier(body: dict[str, Any], name: str) -> str:
    value: str = repair(_field(body, name, str, required=True))
    if len(value) > 255 or "\x00" in value:
        raise TurnError(422, "bad_field", f"`{name}` must have at most 255 characters and no NUL.")
    return value


async def _parse(request: Request, talk: Conversationalist) -> dict[str, Any]:
    body = _body(request)
    return talk.hear(_text(body), _language(body))


async def _turn(request: Request, talk: Conversationalist) -> dict[str, Any]:
    body = _body(request)
    turn = Turn(
        conversation=_identifier(body, "conversation"),
        message_id=_identifier(body, "message_id"),
        text=repair(_text(body)),
        language=_language(body),
        intent=_field(body, "intent", dict),
        parse=_field(body, "parse", dict),
        metadata=_field(body, "metadata", dict, default={}),
    )
    return await talk.take(turn)


async def _hand_back(request: Request, talk: Conversationalist) -> dict[str, Any]:
    body = _body(request)
    said = [_said(one) for one in _field(body, "said", list, default=[])]
    return await talk.hand_back(_identifier(body, "conversation"), said, _language(body))


def _said(one: Any) -> Said:
    if not isinstance(one, dict) or one.get("author") not in _AUTHORS or not isinstance(one.get("text"), str):
        raise TurnError(
            422, "bad_field", f"Each of `said` needs an author ({', '.join(_AUTHORS)}) and a text."
        )
    try:
        at = datetime.fromisoformat(str(one["at"]).replace("Z", "+00:00")).timestamp()
    except (KeyError, ValueError) as error:
        raise TurnError(422, "bad_field", "Each of `said` needs `at`, a time in ISO 8601.") from error
    return Said(one["author"], repair(one["text"]), at)


async def _forget(request: Request, talk: Conversationalist) -> dict[str, Any]:
    conversation = unquote(str(request.match_info["conversation"]))
    return {"conversation": conversation, "forgotten": await talk.forget(conversation)}


async def _health(request: Request, talk: Conversationalist) -> dict[str, Any]:
    agent = request.app.ctx.agent
    if agent is None or agent.processor is None:
        raise TurnError(503, "no_model", "No model is loaded: train one with `python -m bot.nlu.train`.")
    metadata = agent.processor.model_metadata
    return {
        "status": "ok",
        "model_id": metadata.model_id,
        "trained_at": f"{metadata.trained_at.isoformat(timespec='seconds')}Z",
        "tensorflow_loaded": lean.tensorflow_loaded(),
    }


class VigilChannel(InputChannel):
    """Routes under /webhooks/vigil. With VIGIL_INTERNAL_SECRET set, every request must bring it in `X-Vigil-Secret`."""

    def __init__(self, secret: str | None) -> None:
        self._secret = secret

    @classmethod
    def name(cls) -> str:
        """The last part of the routes' prefix."""
        return "vigil"

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> VigilChannel:
        """Takes the secret from the environment, never from a file."""
        return cls(os.environ.get("VIGIL_INTERNAL_SECRET") or None)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """All routes. Rasa's handler is not used: it swallows failures."""
        doors = Blueprint("vigil_channel")
        doors.add_route(self._guarded(_parse), "/parse", methods=["POST"])
        doors.add_route(self._guarded(_turn), "/turn", methods=["POST"])
        doors.add_route(self._guarded(_hand_back), "/handback", methods=["POST"])
        doors.add_route(self._guarded(_health), "/health", methods=["GET"])
        doors.add_route(self._guarded(_forget), "/conversations/<conversation:path>", methods=["DELETE"])
        return doors

    def _guarded(self, handler: Handler) -> Callable[..., Coroutine[Any, Any, HTTPResponse]]:
        @functools.wraps(handler)
        async def guarded(request: Request, **path: str) -> HTTPResponse:
            try:
                self._admit(request)
                return _respond(await handler(request, self._conversationalist(request.app)))
            except TurnError as error:
                if error.status >= 500:
                    logger.error("%s: %s", error.code, error.message, exc_info=error.__cause__)
                return _refused(error)
            except Exception:
                logger.exception("A request to %s failed.", request.path)
                return _refused(
                    TurnError(500, "internal", "The assistant failed on this request; its log tells why.")
                )

        guarded.__name__ = handler.__name__.strip("_")
        return guarded

    @staticmethod
    def _conversationalist(app: Sanic) -> Conversationalist:
        agent = getattr(app.ctx, "agent", None)
        if agent is None:
            raise TurnError(503, "no_model", "No model is loaded yet: try again in a few seconds.")
        return Conversationalist(agent)

    def _admit(self, request: Request) -> None:
        try:
            near = ipaddress.ip_address(request.ip).is_loopback
        except ValueError:
            near = True  # a Unix socket has no address
        if not near:
            raise TurnError(403, "not_local", "This door serves this machine only.")
        given = request.headers.get("x-vigil-secret", "")
        if self._secret and not hmac.compare_digest(given.encode(), self._secret.encode()):
            raise TurnError(401, "bad_secret", "X-Vigil-Secret is missing or wrong.")

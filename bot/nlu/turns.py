"""Hearing one text and running one turn on a loaded Rasa agent: whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.lock_store import LockError
from rasa.core.processor import MessageProcessor
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.constants import DEFAULT_SLOT_NAMES
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.data import TrainingType
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.handback import LANGUAGE_SLOT, Said, hand_back_events
from bot.nlu.sentences import raised, sentences
from bot.nlu.stepwise import Stepwise
from bot.nlu.tracker_store import CompactingTrackerStore, StaleTracker
from bot.nlu.whole_turn import TurnError, WholeTurn

__all__ = ["Conversationalist", "Said", "Turn", "TurnError"]
_LOCK_WAIT = 0.05  # seconds between two looks at a conversation's lock


@dataclass(frozen=True)
class Turn:
    """What the desk posts for one message. `intent` is a tap it vouches for, `parse` the result of hearing it."""

    conversation: str
    message_id: str
    text: str
    language: Optional[str] = None
    intent: Optional[Mapping[str, Any]] = None
    parse: Optional[Mapping[str, Any]] = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Conversationalist:
    """Hears and talks with one agent whose trackers lie in a `CompactingTrackerStore`."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent

    @property
    def _processor(self) -> MessageProcessor:
        if self._agent.processor is None:
            raise TurnError(503, "no_model", "No model is loaded: train one with `python -m bot.nlu.train`.")
        if isinstance(runner := self._agent.processor.graph_runner, DaskGraphRunner):
            self._agent.processor.graph_runner = Stepwise(runner)
        return self._agent.processor

    @property
    def store(self) -> CompactingTrackerStore:
        """The tracker store behind Rasa's wrapper; raises TurnError when another kind is configured."""
        store = getattr(self._agent.tracker_store, "_tracker_store", self._agent.tracker_store)
        if not isinstance(store, CompactingTrackerStore):
            raise TurnError(
                503, "tracker_store", "endpoints.yml must name bot.nlu.tracker_store.CompactingTrackerStore."
            )
        return store

    def hear(self, text: str, language: str | None = None) -> dict[str, Any]:
        """What the model makes of a text. A leading slash is text. `language` counts where the text names none."""
        return self.hear_all([text], language)[0]

    def hear_all(self, texts: Sequence[str], language: str | None = None) -> list[dict[str, Any]]:
        """What the model makes of each of some texts, heard together; see `hear`. A message of several sentences is as grave
        as its gravest sentence."""
        heard = self._parse(texts, language)
        pieces = [sentences(text) for text in texts]
        apart = iter(self._parse([piece for some in pieces for piece in some], language))
        for one, some in zip(heard, pieces, strict=True):
            parts = [(piece, next(apart)["safety"]) for piece in some]
            if one["safety"] is not None:
                one["safety"] = dict(raised(one["safety"], parts))
        return heard

    def _parse(self, texts: Sequence[str], language: str | None) -> list[dict[str, Any]]:
        if not texts:
            return []
        processor = self._processor
        nodes = processor.model_metadata.predict_schema.nodes
        target = processor.model_metadata.nlu_target
        if target is None:
            raise TurnError(503, "no_nlu", "The loaded model cannot hear: train one with NLU data.")
        # Rasa's last node reads "/intent" as a command; what people type is never one, so the node before it is asked.
        while issubclass(nodes[target].uses, RegexMessageHandler):
            target = nodes[target].needs["messages"]
        messages = [UserMessage(text) for text in texts]
        for message, text in zip(messages, texts, strict=True):
            message.text = text  # unstripped, so that offsets are those of the text as sent
        inputs = {
            PLACEHOLDER_MESSAGE: messages,
            PLACEHOLDER_TRACKER: DialogueStateTracker.from_events("", []),
        }
        parsed = processor.graph_runner.run(inputs=inputs, targets=[target])[target]
        return [self._heard(text, one, language) for text, one in zip(texts, parsed, strict=True)]

    def _heard(self, text: str, parsed: Message, language: str | None) -> dict[str, Any]:
        heard = parsed.as_dict(only_output_properties=True)
        found = heard.get("language") or "other"
        no_words = found == "other" and not any(map(str.isalpha, text))
        return {
            "text": text,
            "language": language if no_words and language else found,
            "intent": heard.get("intent") or {"name": None, "confidence": 0.0},
            "intent_ranking": (heard.get("intent_ranking") or [])[:10],
            "entities": heard.get("entities") or [],
            "safety": heard.get("safety"),
            "model_id": self._processor.model_metadata.model_id,
        }

    async def take(self, turn: Turn) -> dict[str, Any]:
        """Runs a turn and stores it with its answer; the same message again gets the recorded answer.

        Raises TurnError; then neither tracker nor answers have changed.
        """
        try:
            async with self._agent.lock_store.lock(turn.conversation, wait_time_in_seconds=_LOCK_WAIT):
                recorded = await self.store.answer(turn.conversation, turn.message_id)
                if recorded is not None:
                    answer: dict[str, Any] = json.loads(recorded)
                    return answer
                return await self._take(turn)
        except (StaleTracker, LockError) as error:
            raise TurnError(
                503, "busy", "Another turn of this conversation came between: try again."
            ) from error

    async def _take(self, turn: Turn) -> dict[str, Any]:
        if self._processor.model_metadata.training_type in (TrainingType.NLU,):
            raise TurnError(503, "no_talking", "The loaded model can only hear: train one with rules.")
        processor = WholeTurn(self._processor, self.store)
        output = CollectingOutputChannel()
        parse = self._parse_for(turn)
        metadata = {**turn.metadata, "conversation": turn.conversation, "message_id": turn.message_id}
        message = UserMessage(turn.text, output, turn.conversation, parse, "vigil", turn.message_id, metadata)
        try:
            tracker = await processor.fetch_tracker_and_update_session(turn.conversation, output, metadata)
            if turn.language and LANGUAGE_SLOT in tracker.slots:
                tracker.update(SlotSet(LANGUAGE_SLOT, turn.language), processor.domain)
            await processor._handle_message_with_tracker(message, tracker)
            tracker = await processor.run_action_extract_slots(output, tracker)
            await processor._run_prediction_loop(output, tracker)
            processor.raise_remote_failure()
        except (TurnError, StaleTracker):
            raise
        except Exception as error:
            raise self._failed(error, processor) from error
        if not output.messages:
            raise TurnError(
                500, "silent", "The rules found nothing to say to this message: add a rule or a fallback."
            )
        answer = _answer(turn.message_id, output.messages, tracker)
        await self.store.save(tracker, (turn.message_id, json.dumps(answer)))
        return answer

    @staticmethod
    def _failed(error: Exception, processor: WholeTurn) -> TurnError:
        if processor.watched is not None and processor.watched.failure is not None:
            return TurnError(502, "actions_unavailable", f"The action server did not do its part: {error}")
        kind = "" if isinstance(error, RasaException) else f"{type(error).__name__}: "
        return TurnError(500, "turn_failed", f"The turn could not be finished: {kind}{error}")

    def _parse_for(self, turn: Turn) -> dict[str, Any]:
        domain = self._processor.domain
        if turn.intent is not None:
            name = turn.intent.get("name")
            if name not in domain.intents:
                raise TurnError(422, "unknown_intent", f"The model knows no intent {name!r}.")
            entities = [
                {"entity": key, "value": value} for key, value in (turn.intent.get("entities") or {}).items()
            ]
            intent = {"name": name, "confidence": 1.0}
            return {"text": turn.text, "intent": intent, "intent_ranking": [intent], "entities": entities}
        heard = dict(turn.parse) if turn.parse is not None else self.hear(turn.text, turn.language)
        if not isinstance(heard.get("intent"), dict) or not isinstance(heard.get("entities"), list):
            raise TurnError(422, "bad_parse", "`parse` must be what /parse answered.")
        # The desk has settled the language; metadata and id are the turn's own.
        entities = [
            one for one in heard["entities"] if not (turn.language and one.get("entity") == LANGUAGE_SLOT)
        ]
        kept = {
            key: value for key, value in heard.items() if key not in ("metadata", "message_id", "model_id")
        }
        return {**kept, "text": turn.text, "entities": entities}

    async def hand_back(
        self, conversation: str, said: Sequence[Said], language: str | None
    ) -> dict[str, Any]:
        """Tells the assistant what was said while people held the conversation; it then listens, out of any form."""
        try:
            async with self._agent.lock_store.lock(conversation, wait_time_in_seconds=_LOCK_WAIT):
                tracker = await self._processor.get_tracker(conversation)
                tracker.update_with_events(hand_back_events(tracker, said, language), self._processor.domain)
                await self.store.save(tracker)
        except (StaleTracker, LockError) as error:
            raise TurnError(
                503, "busy", "Another turn of this conversation came between: try again."
            ) from error
        return {"conversation": conversation, "recorded": len(said)}

    async def forget(self, conversation: str) -> bool:
        """Erases all that is stored of a conversation; False when there was nothing."""
        async with self._agent.lock_store.lock(conversation, wait_time_in_seconds=_LOCK_WAIT):
            return await self.store.forget(conversation)


def _answer(
    message_id: str, collected: Sequence[dict[str, Any]], tracker: DialogueStateTracker
) -> dict[str, Any]:
    messages = [{key: value for key, value in one.items() if key != "recipient_id"} for one in collected]
    slots = {
        name: value
        for name, value in tracker.current_slot_values().items()
        if value is not None and name not in DEFAULT_SLOT_NAMES and not name.startswith("_")
    }
    return {
        "message_id": message_id,
        "messages": messages,
        "active_loop": tracker.active_loop_name,
        "slots": slots,
    }

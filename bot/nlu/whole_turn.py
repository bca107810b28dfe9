"""One turn of Rasa's processor on which no failure is swallowed."""

from __future__ import annotations

from typing import Any, NoReturn

from aiohttp import ClientResponseError
from rasa.core.actions.action import Action, ActionExecutionRejection
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.nlu.tracker_store import CompactingTrackerStore


class TurnError(Exception):
    """A turn that left no trace. `status` is the HTTP status, `code` a word for machines."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class _WatchedEndpoint(EndpointConfig):
    """The action server's address; remembers failures that Rasa would only log."""

    def __init__(self, watched: EndpointConfig) -> None:
        self.__dict__.update(watched.__dict__)
        self.failure: Exception | None = None

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Asks the action server; a rejected execution (400) is an answer, anything else that fails a failure."""
        try:
            return await super().request(*args, **kwargs)
        except ClientResponseError as error:
            if error.status != 400:
                self.failure = error
            raise
        except Exception as error:
            self.failure = error
            raise


class WholeTurn(MessageProcessor):
    """Rasa's processor for one turn, on which no failure is swallowed."""

    def __init__(self, processor: MessageProcessor, store: CompactingTrackerStore) -> None:
        self.__dict__.update(processor.__dict__)
        self.tracker_store = (
            store  # without the fall-back that would lose the conversation at the next restart
        )
        self.on_circuit_break = self._circular
        self.watched = _WatchedEndpoint(processor.action_endpoint) if processor.action_endpoint else None
        self.action_endpoint = self.watched

    @staticmethod
    def _circular(*args: Any) -> NoReturn:
        raise TurnError(500, "circular", "The rules never came back to listening: correct them.")

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        watched = _WatchedAction(action)
        more = await super()._run_action(watched, tracker, output_channel, nlg, prediction)
        if watched.failure is not None:
            raise watched.failure
        return more

    def raise_remote_failure(self) -> None:
        """Raises what the action server failed with during this turn, if anything."""
        if self.watched is not None and self.watched.failure is not None:
            raise self.watched.failure


class _WatchedAction(Action):
    """An action that remembers why it failed."""

    def __init__(self, action: Action) -> None:
        self._action = action
        self.failure: Exception | None = None

    def name(self) -> str:
        """The wrapped action's name."""
        return str(self._action.name())

    def event_for_successful_execution(self, prediction: PolicyPrediction) -> Event:
        """The wrapped action's event."""
        return self._action.event_for_successful_execution(prediction)

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        """Runs the wrapped action."""
        try:
            events: list[Event] = await self._action.run(output_channel, nlg, tracker, domain)
            return events
        except ActionExecutionRejection:
            raise
        except Exception as error:
            self.failure = error
            raise

"""What is answered in the chat without the platform: courtesies, how things work, and what is not our field."""

from __future__ import annotations

from actions import words
from actions.base import VigilAction
from actions.turn import Turn

# Intents answered by the response of their own name.
ANSWERED = frozenset(
    {"greet", "goodbye", "thank", "affirm", "bot_challenge", "chitchat", "out_of_scope", "how_to_book"}
    | {"app_problem", "no_car_available"}
)
# Those which, said inside a form, are answered and followed by the form's question.
SIDE_INTENTS = (ANSWERED | {"ride_options"}) - {"affirm", "goodbye"}


async def answer_aside(turn: Turn) -> None:
    """Answers small talk in the middle of another matter."""
    turn.say(f"utter_{turn.intent}")


def meet_anger(turn: Turn) -> None:
    """One plain sentence, once: said again it would be a formula."""
    if not turn.slot("anger_met") and words.says("anger", turn.text):
        turn.set("anger_met", True)
        turn.say("utter_anger")


class Answer(VigilAction):
    """Says the response of the intent."""

    def name(self) -> str:
        return "action_answer"

    async def act(self, turn: Turn) -> None:
        meet_anger(turn)
        turn.say(f"utter_{turn.intent}" if turn.intent in ANSWERED else "utter_out_of_scope")


class Leave(VigilAction):
    """ "No", "never mind": ends what was under way, or takes note that nothing is."""

    def name(self) -> str:
        return "action_leave"

    async def act(self, turn: Turn) -> None:
        if turn.active_form or turn.slot("topic"):
            turn.leave()
            turn.say("utter_left")
        else:
            turn.say("utter_deny")

"""What becomes of a message that came too fast to be answered. It is heard like any other; a wish for a person is never left
lying, and when the pause is over the assistant takes the newest up (docs/decisions/0010)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot.chat import rates
from bot.chat.models import Turn
from bot.chat.unheard import ASK_PERSON
from bot.conversations import service as conversations
from bot.conversations.models import Conversation
from bot.kit.database import UnitOfWork
from bot.kit.due import Firing, handles, open_row, schedule
from bot.kit.now import now

PAUSE_OVER = "chat.pause_over"
# A turn's outcome from its beginning: not answered for being one too many.
WITHHELD = "withheld"
_PERSON = ASK_PERSON.removeprefix("/")


async def withhold(uow: UnitOfWork, conversation: Conversation, turn: Turn) -> None:
    """Leave this turn unanswered for now: they are told so once, and the end of the pause is owed."""
    turn.talk, turn.outcome = False, WITHHELD
    await rates.say_withheld(uow, conversation)
    if await open_row(uow, PAUSE_OVER, conversation.id) is None:
        await schedule(uow, PAUSE_OVER, conversation.id, now() + timedelta(seconds=rates.pause_s()))


def asks_for_person(turn: Turn) -> bool:
    """Whether a turn that was to stay unanswered was heard to want a person."""
    heard = (turn.parse or {}).get("intent") or {}
    return turn.outcome == WITHHELD and heard.get("name") == _PERSON


@handles(PAUSE_OVER)
async def on_pause_over(uow: UnitOfWork, firing: Firing) -> None:
    """The newest message is answered now if it was withheld; an answer to a later one has gone before, or people hold it."""
    conversation = await conversations.lock(uow, firing.subject)
    newest = select(Turn).where(Turn.conversation_id == conversation.id).order_by(Turn.seq.desc()).limit(1)
    turn = (await uow.session.execute(newest)).scalar_one_or_none()
    if turn is None or turn.outcome != WITHHELD or conversation.holder != "assistant":
        return
    turn.talk, turn.outcome, turn.state, turn.done_at = True, None, "pending", None
    turn.attempts, turn.claimed_until = 0, None
    uow.emit("turn.heard", conversation_id=conversation.id)

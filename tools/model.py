"""The assistant's model: trained when none fits its sources."""

from __future__ import annotations

import os

from tools import stamps
from tools.places import MODELS, RASA, ROOT, STAMPS
from tools.processes import call
from tools.say import Trouble

# All that training reads, and more: a change of anything here only makes the trainer look again, which takes seconds.
_SOURCES = ("config.yml", "domain.yml", "data", "bot/nlu", "requirements/rasa.txt")


def train(*options: str) -> None:
    """Train unless a model fits. The trainer itself decides; the stamp spares its start. Raises Trouble."""
    sources = stamps.digest([ROOT / name for name in _SOURCES])
    if not options and fits(sources):
        return
    if call([RASA.python, "-m", "bot.nlu.train", *options]) != 0:
        raise Trouble(
            "The assistant could not be trained. The line above says what to correct; then run this again."
        )
    stamps.write(STAMPS / "model", f"{sources} {_served()}")


def fits(sources: str = "") -> bool:
    """True when the model that would be served was trained from the present sources."""
    sources = sources or stamps.digest([ROOT / name for name in _SOURCES])
    served = _served()
    return bool(served) and stamps.fits(STAMPS / "model", f"{sources} {served}")


def _served() -> str:
    """Name and size of the newest model, which is the one that is served; empty when there is none."""
    found = sorted(MODELS.glob("*.tar.gz"), key=os.path.getmtime)
    return f"{found[-1].name} {found[-1].stat().st_size}" if found else ""

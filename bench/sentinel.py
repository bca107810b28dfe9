"""Sentinel's decisions on texts: `python -m bench.sentinel < texts.json`, a JSON list in, a list of decisions out.

Rasa's side measures with it what the two listeners decide together, without importing the desk.
"""

from __future__ import annotations

import json
import sys

from bot.chat.listeners.sentinel import sentinel


def main() -> int:
    """Prints `[{"decision", "grade", "because"}, …]` in the order of the texts."""
    ear = sentinel()
    heard = [ear.hear(text) for text in json.load(sys.stdin)]
    listed = [{"decision": one.decision, "grade": one.grade, "because": one.because} for one in heard]
    json.dump(listed, sys.stdout, ensure_ascii=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())

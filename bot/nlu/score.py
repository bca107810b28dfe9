"""Scores labelled messages: `python -m bot.nlu.score FILE.jsonl [--model MODEL | --url URL]` prints JSON.

Each line is `{"text", "handoff", "intent"}`: `handoff` is true or false, or the grade (S0, S1) or null. `kind` (safety,
case, routine, hard_negative) and `language` may be added. Heard is the model alone: the desk joins sentinel to it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tarfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.nlu import lean
from bot.nlu.labelled import BadInput, read_labelled
from bot.nlu.metrics import Heard, report

Hear = Callable[[str], dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.score", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--model", type=Path, default=Path("models"), help="a stored model, or a folder of models"
    )
    parser.add_argument("--url", help="a running one instead, e.g. http://127.0.0.1:5005")
    parser.add_argument("--worst", type=int, default=20, help="mistakes shown in full")
    options = parser.parse_args(arguments)
    try:
        labelled = read_labelled([options.file])
        hear = hear_at(options.url) if options.url else hear_with(options.model)
        heard = hear_all(hear, labelled)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(report(heard, options.worst), ensure_ascii=False, indent=1))
    return 0


def hear_with(model: Path) -> Hear:
    """Hearing with a stored model, loaded into this process without TensorFlow."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    lean.hush()
    lean.install()
    from rasa.core.agent import Agent
    from rasa.exceptions import ModelNotFound
    from rasa.shared.exceptions import RasaException

    from bot.nlu.serve import CannotServe, newest_model
    from bot.nlu.turns import Conversationalist

    try:
        stored = newest_model(model)
        talk = Conversationalist(Agent.load(str(stored)))
    except (CannotServe, ModelNotFound) as error:
        raise BadInput(str(error)) from error
    except (OSError, tarfile.TarError, KeyError, ValueError, EOFError, RasaException) as error:
        raise BadInput(
            f"{stored} is damaged ({error}): train again with `python -m bot.nlu.train --force`."
        ) from error
    talk.hear("ready")
    return talk.hear


def hear_at(url: str) -> Hear:
    """Hearing by a running channel; the secret comes from VIGIL_INTERNAL_SECRET."""
    import requests

    session = requests.Session()
    if secret := os.environ.get("VIGIL_INTERNAL_SECRET"):
        session.headers["X-Vigil-Secret"] = secret

    def hear(text: str) -> dict[str, Any]:
        try:
            response = session.post(
                f"{url.rstrip('/')}/webhooks/vigil/parse", data=json.dumps({"text": text}), timeout=10
            )
            response.raise_for_status()
        except requests.RequestException as error:
            raise BadInput(
                f"{url} does not hear ({error}): is it running, and is VIGIL_INTERNAL_SECRET right?"
            ) from error
        parsed: dict[str, Any] = response.json()
        return parsed

    return hear


def hear_all(hear: Hear, labelled: Sequence[dict[str, Any]]) -> list[Heard]:
    """Every labelled message with what is made of it, and how long that took."""
    heard = []
    for label in labelled:
        began = time.perf_counter()
        parsed = hear(label["text"])
        took = (time.perf_counter() - began) * 1000
        safety = parsed["safety"] or {"decision": "routine", "probability": 0.0}
        heard.append(
            Heard(
                text=label["text"],
                handoff=bool(label["handoff"]),
                intent=label.get("intent"),
                grade=label["handoff"] if isinstance(label["handoff"], str) else label.get("grade"),
                kind=label.get("kind") or ("safety" if label["handoff"] else "routine"),
                language=label.get("language") or label.get("lang") or parsed["language"],
                heard_intent=parsed["intent"]["name"],
                decision=safety["decision"],
                probability=safety["probability"],
                milliseconds=took,
            )
        )
    return heard


if __name__ == "__main__":
    sys.exit(main())

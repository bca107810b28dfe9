"""Measures hearing: `python -m bot.nlu.evaluate` trains if needed, hears the labelled messages of tests/nlu on one core, and
writes reports/nlu.md with its plots. Rasa's stock pipeline, trained on the same data in the same run, stands beside it, and
so does what the desk decides: sentinel and the model together."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from bot.nlu import lean
from bot.nlu.footprint import footprint
from bot.nlu.labelled import BadInput, read_labelled
from bot.nlu.metrics import Heard, report, share, together
from bot.nlu.score import Hear, hear_all, hear_with

ODD = {
    "empty": "",
    "4,000 Latin letters": "he took the wrong turn and I do not know this road " * 79,
    "4,000 Han characters": "师傅一直往山上开我不认识这条路怎么办啊" * 211,
    "4,000 letters without a blank": "a" * 4000,
    "emoji alone": "😭🆘😱",
    "digits alone": "110 110",
    "broken Unicode": "he \udcff locked \x00 the \ufffd doors\u200b\u202e",
    "Spanish in distress": "ayuda, el conductor no me deja bajar",
    "Russian in distress": "помогите, водитель не выпускает меня",
    "Spanish, calm": "dónde está mi coche, lleva diez minutos de retraso",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    lean.hush()
    try:
        labelled = read_labelled(options.files or sorted(Path("tests/nlu").glob("messages_*.jsonl")))
        reviews = read_labelled(sorted(Path("tests/nlu").glob("reviews_*.jsonl")))
        if not labelled:
            raise BadInput("There are no labelled messages in tests/nlu/messages_*.jsonl: name a file.")
        model = options.model or _trained(options.models)
        cores = _stay_on_one_core()
        hear = hear_with(model)
        heard, star = hear_all(hear, labelled), hear_all(hear, reviews)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 1
    result = {**report(heard), "model": _about(model), "odd": _odd(hear)}
    if cores:
        os.sched_setaffinity(0, cores)
    result["served"] = footprint(model, [one.text for one in heard[:200]])
    verdicts = _sentinel([one.text for one in [*heard, *star]], options.desk_python)
    if verdicts:
        both = together([*heard, *star], verdicts)
        result["union"] = report(both[: len(heard)])
        star = both[len(heard) :]
    if star:
        result["reviews"] = share(star, lambda one: one.decision == "handover")
    if options.stock_epochs:
        print("training Rasa's stock pipeline on the same data (this takes long) …", flush=True)
        result["stock"] = _stock(heard, options.stock_epochs)
    from bot.nlu.report import write

    print(f"written: {write(result, heard, options.out)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.evaluate", description=__doc__)
    parser.add_argument(
        "files", nargs="*", type=Path, help="labelled messages; tests/nlu/messages_*.jsonl if none"
    )
    parser.add_argument("--model", type=Path, help="a stored model, instead of training one where none fits")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--out", type=Path, default=Path("reports"))
    parser.add_argument("--desk-python", type=Path, default=Path(".venv/bin/python"), help="runs sentinel")
    parser.add_argument(
        "--stock-epochs", type=int, default=100, help="of the stock pipeline; 0 leaves it out"
    )
    return parser


def _trained(models: Path) -> Path:
    """The model that fits the sources, trained by a process of its own: its memory is no part of hearing's."""
    done = subprocess.run([sys.executable, "-m", "bot.nlu.train", "--models", str(models)], check=False)
    if done.returncode != 0:
        raise BadInput("There is no model to measure.")
    from bot.nlu.serve import newest_model

    return newest_model(models)


def _stay_on_one_core() -> set[int]:
    """As it is served: no library shares one message between threads. Returns the cores that this process had."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"
    if not hasattr(os, "sched_setaffinity"):
        return set()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    return cores


def _about(model: Path) -> dict[str, Any]:
    """Training time and thresholds of the model at hand."""
    note = model.with_name(model.name.replace(".tar.gz", ".json"))
    about: dict[str, Any] = json.loads(note.read_text()) if note.is_file() else {}
    about.pop("sources", None)
    return {**about, "name": model.name, "megabytes": round(model.stat().st_size / 1e6, 1)}


def _odd(hear: Hear) -> list[dict[str, Any]]:
    """What is decided on input that is no message, or none of these languages, and how long it takes (of five times)."""
    rows = []
    for name, text in ODD.items():
        times = []
        for _ in range(5):
            began = perf_counter()
            safety = hear(text)["safety"]
            times.append((perf_counter() - began) * 1000)
        rows.append({"input": name, "decision": safety["decision"], "milliseconds": round(median(times), 1)})
    return rows


def _sentinel(texts: Sequence[str], python: Path) -> list[dict[str, Any]]:
    """Sentinel's decisions, by the desk's own Python; none where that environment is missing."""
    if not python.is_file():
        print(f"{python} is missing: sentinel is left out. `make env` builds it.", file=sys.stderr)
        return []
    done = subprocess.run(
        [python, "-m", "bench.sentinel"], input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        print(f"sentinel is left out: {done.stderr.strip()[-300:]}", file=sys.stderr)
        return []
    verdicts: list[dict[str, Any]] = json.loads(done.stdout)
    return verdicts


def _stock(heard: Sequence[Heard], epochs: int) -> dict[str, Any]:
    """The same measures for the stock pipeline. It has no safety decision: its top intent decides, as a rule would."""
    from bot.nlu.grading import read_policy

    command = [sys.executable, "-m", "bot.nlu.stock", "data/nlu", "--epochs", str(epochs)]
    texts = json.dumps([one.text for one in heard])
    environment = {key: value for key, value in os.environ.items() if not key.endswith("_NUM_THREADS")}
    done = subprocess.run(command, input=texts, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        return {"failed": done.stderr.strip().splitlines()[-1:] or ["no reason given"]}
    answer = json.loads(done.stdout)
    policy = read_policy("data/policy.yml")
    dangerous = {name for name, entry in policy.items() if entry.family == "safety"}
    theirs = [
        replace(
            one,
            heard_intent=other["intent"],
            decision="handover" if other["intent"] in dangerous else "routine",
            probability=round(sum(share for name, share in other["ranking"].items() if name in dangerous), 4),
            milliseconds=other["milliseconds"],
        )
        for one, other in zip(heard, answer["heard"], strict=True)
    ]
    return {
        **report(theirs, worst=0),
        "train_s": answer["train_s"],
        "memory_mb": answer["memory_mb"],
        "epochs": epochs,
    }


if __name__ == "__main__":
    sys.exit(main())

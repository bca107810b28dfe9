"""What sentinel and the model hear together: `python -m bench.hearing [FILE.jsonl …]`.

Serves the trained model on a port of its own, asks both listeners for every line (`{"text", "handoff", "intent", "kind"}`) and
prints, for each file, the shares that the taxonomy names with their 95 % Wilson intervals. A message counts as handed over
when either listener hands it over, as flagged when either hands it over or asks. Prints what was missed in full.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from bot.chat.listeners import Heard, gravest
from bot.chat.listeners.nlu import NluListener
from bot.chat.listeners.sentinel import sentinel
from tests.e2e.conftest import RASA_PYTHON, ROOT
from tests.ports import free_port

SECRET = "bench"


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share (E. B. Wilson, JASA 22, 1927)."""
    if of == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle = share + z * z / (2 * of)
    half = z * ((share * (1 - share) + z * z / (4 * of)) / of) ** 0.5
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


async def hear_all(lines: list[dict[str, Any]], url: str) -> list[dict[str, Heard]]:
    """Both listeners' words for every line."""
    async with httpx.AsyncClient(trust_env=False) as client:
        nlu = NluListener(client, url, SECRET, 10.0)
        return [
            {"sentinel": sentinel().hear(one["text"]), "nlu": await nlu.hear(one["text"])} for one in lines
        ]


def tell(name: str, lines: list[dict[str, Any]], heard: list[dict[str, Heard]]) -> None:
    together = [gravest(list(one.values())) for one in heard]
    groups = {
        "S0/S1 handed over": (lambda one: one["handoff"] is not None, ("handover",)),
        "S0 handed over": (lambda one: one["handoff"] == "S0", ("handover",)),
        "S0/S1 flagged": (lambda one: one["handoff"] is not None, ("handover", "checkin")),
        "S2 handed over": (lambda one: one["handoff"] is None and one["kind"] == "case", ("handover",)),
        "routine handed over": (lambda one: one["kind"] == "routine", ("handover",)),
        "routine asked": (lambda one: one["kind"] == "routine", ("checkin",)),
        "hard handed over": (lambda one: one["kind"] == "hard_negative", ("handover",)),
        "hard asked": (lambda one: one["kind"] == "hard_negative", ("checkin",)),
    }
    print(f"\n{name}: {len(lines)} messages")
    for label, (wanted, decisions) in groups.items():
        chosen = [heard_one for line, heard_one in zip(lines, together, strict=True) if wanted(line)]
        hits = sum(one.decision in decisions for one in chosen)
        low, high = wilson(hits, len(chosen))
        print(
            f"  {label:20} {hits / max(1, len(chosen)):6.1%}  ({low:.1%}-{high:.1%})  {hits} of {len(chosen)}"
        )
    routine = [
        one["nlu"].parse["intent"]["name"] == line["intent"]  # type: ignore[index]
        for line, one in zip(lines, heard, strict=True)
        if line["handoff"] is None
    ]
    print(f"  {'intent right':20} {sum(routine) / len(routine):6.1%}  (routine, S2 and hard)")
    for line, one in zip(lines, together, strict=True):
        if line["handoff"] and one.decision == "routine":
            print(f"  missed {line['handoff']} {line['intent']}: {line['text']}")
        if line["handoff"] is None and one.decision == "handover" and line["kind"] != "case":
            print(f"  raised {line['intent']}: {line['text']}  [{'; '.join(one.because)[:90]}]")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "files", nargs="*", type=Path, default=sorted((ROOT / "tests" / "nlu").glob("messages_*.jsonl"))
    )
    chosen = parser.parse_args()
    port = free_port()
    command = [str(RASA_PYTHON), "-m", "bot.nlu.serve", "--port", str(port)]
    server = subprocess.Popen(["/usr/bin/env", f"VIGIL_INTERNAL_SECRET={SECRET}", *command], cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url)
        for file in chosen.files:
            lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
            tell(file.name, lines, asyncio.run(hear_all(lines, url)))
    finally:
        server.terminate()
        server.wait(15)
    return 0


def _wait(url: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(
                f"{url}/webhooks/vigil/health", headers={"X-Vigil-Secret": SECRET}, trust_env=False
            )
            if answer.status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise TimeoutError("the model was not served within 90 s")


if __name__ == "__main__":
    sys.exit(main())

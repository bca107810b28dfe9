"""`python -m bot rehearse`: play the case of August 2018 to whoever is on the rota, and score what was done when.

A friend reports seven times, yesterday's complaint about the same driver lies there, the police ask. Everything goes through
the public doors, and every figure is read from what the friend, the officer and the platform can see from outside. All words
begin with a mark that says it is a rehearsal; the cases stay in the desk until people end them, as after a real one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

import httpx

from bot.kit.now import now
from bot.rehearsal.play import Refused, Rehearsal
from bot.settings import settings


def main(argv: list[str]) -> int:
    """0: every clock was met; 1: one was not; 2: it could not be played, in words on standard error."""
    asked = _parser().parse_args(argv)
    chosen = settings()
    if chosen.env == "production" and not asked.on_the_real_rota:
        print(
            "This is production: people on call will be paged, and the driver of the trip gets no orders until somebody lifts "
            "the hold. Name a trip of a driver who knows of it with --trip, tell everybody, and say --on-the-real-rota.",
            file=sys.stderr,
        )
        return 2
    rehearsal = Rehearsal(chosen, asked.locale, asked.faster)
    try:
        score = asyncio.run(rehearsal.play(asked.trip, asked.watch))
    except Refused as problem:
        print(problem, file=sys.stderr)
        return 2
    except httpx.HTTPError as problem:
        print(
            f"The desk at {chosen.public_url} or the platform did not answer ({problem}): does it run, with VIGIL_VAR as here?",
            file=sys.stderr,
        )
        return 2
    page = rehearsal.report(now())
    file = _keep(chosen.var / "rehearsals", page)
    print(f"\n{page}\n{file}")
    return 0 if all(met for *_, met in score.rows()) else 1


def _keep(folder: Path, page: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{now():%Y-%m-%dT%H%M%S}.md"
    file.write_text(page, "utf-8")
    return file


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot rehearse", description=__doc__)
    parser.add_argument(
        "--locale", choices=("zh", "en"), default="zh", help="language of the story and the report"
    )
    parser.add_argument(
        "--faster", type=float, default=30.0, help="the story's 115 minutes pass this many times faster"
    )
    parser.add_argument("--trip", default="t_hz_live", help="a trip under way; the sandbox's by default")
    parser.add_argument("--watch", type=float, default=600.0, help="seconds to watch after the last report")
    parser.add_argument(
        "--on-the-real-rota", action="store_true", help="play it in production, to people on call"
    )
    return parser

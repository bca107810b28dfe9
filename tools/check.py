"""`make check`: everything that can be told without running the product. One line a step with its time; a failure shows what
was said and how to mend it."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tools import environments, pages
from tools.places import DESK, RASA, ROOT, WEB
from tools.processes import Word, environment, heard, stoppable
from tools.say import ending_well, tell

AT_ONCE = 2
OURS = ("bot", "actions", "sandbox", "tools", "tests")


@dataclass(frozen=True)
class Step:
    """A command, where it runs, and the sentence that tells how to mend what it finds."""

    name: str
    command: Sequence[Word]
    remedy: str
    folder: Path = ROOT
    path: str = ""


def steps() -> list[Step]:
    """The steps, the longest first: two run at a time."""
    ruff: list[Word] = [DESK.folder / "bin" / "ruff"]
    here = [name for name in OURS if (ROOT / name).is_dir()]
    nlu_apart = ["--exclude", "^bot/nlu/", "--exclude", "node_modules"]
    return [
        Step(
            "types, desk",
            [DESK.python, "-m", "mypy", "bot", "sandbox", "tools", *nlu_apart],
            "correct the types named above.",
        ),
        Step(
            "types, Rasa's side",
            [RASA.python, "-m", "mypy", "bot/nlu", "actions"],
            "correct the types named above.",
        ),
        Step("data", [DESK.python, "-m", "tools.check_data"], "correct the data named above."),
        Step(
            "pages: types and lint",
            [pages.node_folder() / "npm", "run", "--silent", "check"],
            "correct what tsc or eslint names above.",
            WEB,
            str(pages.node_folder()),
        ),
        Step(
            "imports",
            [DESK.folder / "bin" / "lint-imports", "--no-cache"],
            "move the code, or pass what it needs from above.",
        ),
        Step(
            "lint",
            [*ruff, "check", "--quiet", "--output-format=concise", *here],
            "`make fmt` mends most; the rest by hand.",
        ),
        Step(
            "format", [*ruff, "format", "--check", "--output-format=concise", *here], "`make fmt` mends it."
        ),
    ]


def run(chosen: Sequence[Step]) -> list[str]:
    """Run the steps, two at a time, and tell each as it ends. Returns the names of those that failed."""
    failed = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for done in as_completed([pool.submit(_one, step) for step in chosen]):
            step, status, said, took = done.result()
            tell(f"{'ok    ' if status == 0 else 'FAILED'}  {step.name} ({took:.1f} s)")
            if status != 0:
                tell("\n".join(f"        {line}" for line in said.strip().splitlines()))
                tell(f"        To mend: {step.remedy}")
                failed.append(step.name)
    return failed


def _one(step: Step) -> tuple[Step, int, str, float]:
    begun = time.monotonic()
    more = {"PATH": f"{step.path}{os.pathsep}{os.environ.get('PATH', '')}"} if step.path else {}
    status, said = heard(step.command, folder=step.folder, env=environment(NO_COLOR="1", **more))
    return step, status, said, time.monotonic() - begun


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.check", description=__doc__)
    parser.add_argument("only", nargs="*", help="names of steps, or their beginnings; all when none is given")
    only = parser.parse_args().only
    begun = time.monotonic()
    with stoppable():
        environments.build()
        pages.install()
        chosen = [step for step in steps() if not only or any(step.name.startswith(name) for name in only)]
        failed = run(chosen)
    took = time.monotonic() - begun
    tell(
        f"All {len(chosen)} checks passed in {took:.0f} s."
        if not failed
        else f"Failed: {', '.join(failed)} ({took:.0f} s)."
    )
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    raise SystemExit(ending_well(main))

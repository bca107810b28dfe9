"""`make test`: every test in its own environment, and one closing line `N passed, N failed` over all of them."""

from __future__ import annotations

import argparse
import os
import shutil
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import browser, environments, model, pages, services
from tools.places import DESK, RASA, ROOT, VAR, Environment
from tools.processes import Word, call, environment, stoppable
from tools.say import Trouble, ending_well, tell

REPORTS = VAR / "test"
APART = (
    "nlu",
    "actions",
    "stories",
    "replays",
    "faults",
    "e2e",
)  # folders of tests/ that the desk's own run leaves out
SERVICES = ("postgres", "redis")
# The desk's tests wait for sockets, pages and databases more than they compute.
TOGETHER = (os.cpu_count() or 1) + 1


@dataclass(frozen=True)
class Suite:
    """Tests that run as one command. `folders`: where they lie; a suite without any is left out. `ready`: what must be made
    first."""

    name: str
    folders: Sequence[Path]
    run: Callable[[Path, Sequence[str], Mapping[str, str]], int]
    ready: Sequence[str] = ()


@dataclass(frozen=True)
class Result:
    """Counts of one report. `needless`: tests skipped for want of PostgreSQL or Redis."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    needless: tuple[str, ...] = ()


def suites() -> list[Suite]:
    tests = ROOT / "tests"
    # The browser's files take longest: begun last, one of them would run alone at the end.
    desk = sorted(
        (path for path in tests.iterdir() if path.is_dir() and path.name not in APART),
        key=lambda path: (path.name != "web", path.name),
    )
    return [
        Suite(
            "desk",
            [path for path in desk if any(path.rglob("test_*.py"))],
            _pytest(DESK, together=TOGETHER),
            ready=("pages",),
        ),
        *(Suite(name, [tests / name], _pytest(RASA, apart=True)) for name in ("nlu", "actions", "stories")),
        Suite("pages", [ROOT / "bot" / "web" / "src"], _vitest, ready=("pages",)),
        Suite("replays", [tests / "replays"], _pytest(DESK, together=TOGETHER), ready=("model",)),
        # Alone, because lateness is measured.
        Suite("faults", [tests / "faults"], _pytest(DESK)),
        Suite("e2e", [tests / "e2e"], _pytest(DESK), ready=("pages", "model", "browser")),
    ]


def _pytest(
    where: Environment, apart: bool = False, together: int = 1
) -> Callable[[Path, Sequence[str], Mapping[str, str]], int]:
    """apart: the desk's conftest.py above the folder is not read, because Rasa's environment lacks what it imports. together:
    how many files run at the same time (pytest-xdist)."""

    def run(report: Path, chosen: Sequence[str], settings: Mapping[str, str]) -> int:
        fence: list[Word] = ["--confcutdir", chosen[0]] if apart else []
        side: list[Word] = ["-n", str(together), "--dist", "loadfile"] if together > 1 else []
        command: list[Word] = [
            where.python,
            "-m",
            "pytest",
            "-q",
            "--junit-xml",
            report,
            *fence,
            *side,
            *chosen,
        ]
        return call(command, env=environment(**settings))

    return run


def _vitest(report: Path, chosen: Sequence[str], settings: Mapping[str, str]) -> int:
    return pages.npm(
        "run",
        "--silent",
        "test",
        "--",
        "--reporter=default",
        "--reporter=junit",
        f"--outputFile.junit={report}",
    )


def counted(report: Path, status: int) -> Result:
    """What a JUnit report holds. A run that left no report, or failed without a failed test, counts as one failure."""
    try:
        cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return Result(failed=1)
    bad = sum(1 for case in cases if case.find("failure") is not None or case.find("error") is not None)
    skips = [(case, skip) for case in cases if (skip := case.find("skipped")) is not None]
    needless = tuple(
        f"{case.get('classname')}.{case.get('name')}: {skip.get('message')}"
        for case, skip in skips
        if any(word in (skip.get("message") or "").lower() for word in SERVICES)
    )
    failed = bad or (1 if status != 0 else 0)
    return Result(len(cases) - bad - len(skips), failed, len(skips), needless)


def run(chosen: Sequence[Suite], settings: Mapping[str, str]) -> Result:
    """Run the suites one after the other; returns the sum."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    total = Result()
    for suite in chosen:
        tell(f"\n== {suite.name}")
        begun, report = time.monotonic(), REPORTS / f"{suite.name}.xml"
        folders = [str(path.relative_to(ROOT)) for path in suite.folders]
        one = counted(report, suite.run(report, folders, settings))
        skipped = f", {one.skipped} skipped" if one.skipped else ""
        tell(
            f"{suite.name}: {one.passed} passed, {one.failed} failed{skipped} in {time.monotonic() - begun:.0f} s"
        )
        total = Result(
            total.passed + one.passed,
            total.failed + one.failed,
            total.skipped + one.skipped,
            total.needless + one.needless,
        )
    return total


def prepare(chosen: Sequence[Suite]) -> dict[str, str]:
    """Make what the suites need; returns settings for them. Raises Trouble."""
    environments.build()
    needed = {what for suite in chosen for what in suite.ready}
    if "pages" in needed:
        pages.build()
    if "model" in needed:
        model.train()
    return {"VIGIL_CHROMIUM": str(browser.provide())} if "browser" in needed or _uses_browser(chosen) else {}


def _uses_browser(chosen: Sequence[Suite]) -> bool:
    files = (path for suite in chosen for folder in suite.folders for path in folder.rglob("test_*.py"))
    return any("playwright" in path.read_text("utf-8") for path in files)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.run_tests", description=__doc__)
    parser.add_argument(
        "only",
        nargs="*",
        help="names of suites: desk nlu actions stories pages replays faults e2e; all when none is given",
    )
    only = parser.parse_args().only
    present = [suite for suite in suites() if any(any(folder.rglob("*test*")) for folder in suite.folders)]
    chosen = [suite for suite in present if not only or suite.name in only]
    if not chosen:
        raise Trouble(f"No such tests. There are: {', '.join(suite.name for suite in present)}.")
    with stoppable():
        settings = prepare(chosen)
        with services.running() as servers:
            total = run(chosen, {**settings, **servers})
    failed = total.failed
    if total.needless and os.environ.get("CI"):
        tell("\nSkipped in CI though they must run:\n  " + "\n  ".join(total.needless))
        failed += len(total.needless)
    if total.skipped:
        tell(f"\n{total.skipped} skipped")
    closing = f"{total.passed} passed, {failed} failed"
    (REPORTS / "total.txt").write_text(closing + "\n", "utf-8")
    tell(f"\n{closing}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(ending_well(main))

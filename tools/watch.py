"""Watching the programs: what died, what keeps dying and why, and what they write."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from pathlib import Path

from tools.supervisor import State

OFTEN = 3  # starts again within WINDOW_S seconds that make a program one that keeps dying
WINDOW_S = 60.0
LAST_LINES = 12


class Watch:
    """Told the programs' states again and again, it says what a person should know. `now`: seconds, only ever growing."""

    def __init__(self) -> None:
        self._began: dict[str, int] = {}
        self._again: dict[str, deque[float]] = {}
        self._told: dict[str, float] = {}

    def look(self, states: Iterable[State], now: float) -> list[str]:
        """Sentences about what changed since the last look. A program that keeps dying is told once in WINDOW_S seconds."""
        said: list[str] = []
        for one in states:
            before = self._began.get(one.name)
            if one.began:
                self._began[one.name] = one.began
            back = before is not None and one.began > before
            if back:
                self._again.setdefault(one.name, deque(maxlen=OFTEN)).append(now)
            if one.given_up or self.keeps_dying(one.name, now):
                said += self._dying(one, now)
            elif back and one.state in ("STARTING", "RUNNING"):
                said.append(f"{one.name} had ended and is started again (process {one.pid})")
        return said

    def keeps_dying(self, name: str, now: float) -> bool:
        """True when it was started again OFTEN times in the last WINDOW_S seconds."""
        again = self._again.get(name)
        return again is not None and len(again) == OFTEN and now - again[0] <= WINDOW_S

    def _dying(self, one: State, now: float) -> list[str]:
        told = self._told.get(one.name)
        if told is not None and now - told < WINDOW_S:
            return []
        self._told[one.name] = now
        return [why(one)]


def why(one: State) -> str:
    """Which program keeps dying, and the last lines it wrote."""
    reason = one.trouble or f"exit status {one.exit_status}"
    how = "will not start" if one.state == "EXITED" else f"keeps ending ({reason})"
    return f"{one.name} {how}. {last_words(one.log)}"


def last_words(log: Path) -> str:
    """The last lines of a log, as a person reads them."""
    written = "\n".join(f"    {line}" for line in last_lines(log)) or "    (it wrote nothing)"
    return f"The last it wrote, from {log}:\n{written}"


def last_lines(log: Path, count: int = LAST_LINES) -> list[str]:
    """The last lines of a log; none when it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16_384))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except OSError:
        return []


class Tail:
    """Follows logs from their present end; a log that starts anew is read from its beginning."""

    def __init__(self, logs: Iterable[Path]) -> None:
        self._at = {log: log.stat().st_size if log.exists() else 0 for log in logs}

    def lines(self) -> list[tuple[str, str]]:
        """(program, line) for every whole line written since the last call."""
        return [(log.stem, line) for log in self._at for line in self._new(log)]

    def _new(self, log: Path) -> list[str]:
        try:
            size: int | None = log.stat().st_size
        except OSError:
            size = None
        if size is None or size == self._at[log]:
            return []
        if size < self._at[log]:
            self._at[log] = 0
        with log.open("rb") as file:
            file.seek(self._at[log])
            whole, newline, _ = file.read().rpartition(b"\n")
        self._at[log] += len(whole) + len(newline)
        return whole.decode("utf-8", "replace").splitlines() if newline else []

"""What a person is told about programs that end."""

from __future__ import annotations

from pathlib import Path

from tools.supervisor import State
from tools.watch import Tail, Watch


def state(
    began: int, *, name: str = "rasa", now: str = "RUNNING", log: Path = Path("/nowhere"), status: int = 0
) -> State:
    return State(name, now, 100 + began, began, 0, status, log, "")


class TestWatch:
    def test_a_steady_program_is_not_spoken_of(self) -> None:
        watch = Watch()
        assert [watch.look([state(5)], now) for now in (0.0, 1.0, 2.0)] == [[], [], []]

    def test_a_killed_one_that_is_back_is_told_once(self) -> None:
        watch = Watch()
        watch.look([state(5)], 0)
        assert watch.look([state(9)], 1) == ["rasa had ended and is started again (process 109)"]
        assert watch.look([state(9)], 2) == []

    def test_one_that_keeps_dying_is_named_with_its_last_lines(self, tmp_path: Path) -> None:
        log = tmp_path / "rasa.log"
        log.write_text("".join(f"line {n}\n" for n in range(50)) + "there is no model\n")
        watch = Watch()
        said = [watch.look([state(5 + n, log=log, status=1)], float(n)) for n in range(6)]
        told = [one for look in said for one in look if "keeps ending (exit status 1)" in one]
        assert len(told) == 1 and told[0].endswith("there is no model") and "line 30" not in told[0]

    def test_slow_deaths_are_not_a_habit(self) -> None:
        watch = Watch()
        said = [watch.look([state(100 * n)], 100.0 * n) for n in range(1, 8)]
        assert not any("keeps ending" in one for look in said for one in look)

    def test_one_given_up_is_named_again_after_a_minute(self) -> None:
        watch = Watch()
        told = [bool(watch.look([state(5, now="FATAL")], now)) for now in (0.0, 30.0, 61.0)]
        assert told == [True, False, True]


class TestTail:
    def test_whole_new_lines_only(self, tmp_path: Path) -> None:
        log = tmp_path / "desk.log"
        log.write_text("old\n")
        tail = Tail([log, tmp_path / "rasa.log"])
        with log.open("a") as file:
            file.write("one\ntw")
        assert tail.lines() == [("desk", "one")]
        with log.open("a") as file:
            file.write("o\n")
        (tmp_path / "rasa.log").write_text("new\n")
        assert tail.lines() == [("desk", "two"), ("rasa", "new")]
        assert tail.lines() == []

    def test_a_log_that_starts_anew(self, tmp_path: Path) -> None:
        log = tmp_path / "desk.log"
        log.write_text("a long first log\n")
        tail = Tail([log])
        log.write_text("new\n")
        assert tail.lines() == [("desk", "new")]

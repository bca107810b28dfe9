"""`make run` with real processes under a real supervisord: up, back after a kill, and nothing left behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.conftest import STUBBORN, Run, processes_in, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")

Start = Callable[..., Run]


def nothing_left(project: Path) -> None:
    until(lambda: not processes_in(project), 15, lambda: f"left behind: {processes_in(project)}")


def told_to_stop(project: Path) -> str:
    stop = [sys.executable, "-m", "tools.run", "--stop"]
    return subprocess.run(
        stop, cwd=project, env={**os.environ, "VIGIL_VAR": ""}, capture_output=True, text=True, check=True
    ).stdout


def pid_of(project: Path, words: str) -> int:
    return next(pid for pid, command in processes_in(project).items() if words in command)


class TestUp:
    def test_it_says_what_it_waits_for_then_addresses_sign_ins_and_times(self, start_run: Start) -> None:
        run = start_run()
        said = run.heard("Ctrl-C stops everything")
        assert "waiting for desk" in said and "migrated" in said
        assert re.search(r"Ready after \d+\.\d s\.", said) and re.search(
            r"migrate \d\.\d s, .*start \d", said
        )
        assert (
            "/console" in said
            and "/police" in said
            and "/demo/driver" in said
            and "safety@demo.example   one-time" in said
        )

    def test_logs_are_followed(self, start_run: Start, project: Path) -> None:
        run = start_run()
        run.heard("Ctrl-C stops everything")
        os.kill(pid_of(project, "-m actions"), signal.SIGKILL)
        run.heard("actions | actions listens")

    def test_a_killed_program_is_back_by_itself(self, start_run: Start, project: Path) -> None:
        run = start_run()
        run.heard("Ctrl-C stops everything")
        before = pid_of(project, "-m sandbox")
        os.kill(before, signal.SIGKILL)
        run.heard("! sandbox had ended and is started again")
        assert pid_of(project, "-m sandbox") != before

    def test_one_that_was_given_up_is_tried_again(self, start_run: Start, project: Path) -> None:
        run = start_run(VIGIL_START_AGAIN_S="1")
        run.heard("Ctrl-C stops everything")
        program = project / "actions" / "__main__.py"
        good = program.read_text()
        program.write_text("raise SystemExit('broken')\n")
        os.kill(pid_of(project, "-m actions"), signal.SIGKILL)
        run.heard("! actions keeps ending")
        program.write_text(good)
        run.heard("actions | actions listens")

    def test_its_settings_are_kept_while_it_runs(self, start_run: Start, project: Path) -> None:
        run = start_run(VIGIL_PAGER="json://127.0.0.1:9")
        said = run.heard("Ctrl-C stops everything")
        file = project / "var" / "run.json"
        kept = json.loads(file.read_text())
        assert f"{kept['VIGIL_PUBLIC_URL']}/console" in said and kept["VIGIL_PAGER"] == "json://127.0.0.1:9"
        assert file.stat().st_mode & 0o077 == 0
        run.process.send_signal(signal.SIGTERM)
        run.ended()
        assert not file.exists()

    def test_what_its_programs_write_is_the_owner_s_alone(self, start_run: Start, project: Path) -> None:
        start_run().heard("Ctrl-C stops everything")
        for program in ("-m bot.nlu.serve", "-m actions", "-m sandbox"):
            status = Path(f"/proc/{pid_of(project, program)}/status").read_text()
            assert "Umask:\t0077" in status, program


class TestDown:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_stops_everything(self, start_run: Start, project: Path, number: signal.Signals) -> None:
        run = start_run()
        run.heard("Ctrl-C stops everything")
        assert len(processes_in(project)) >= 7  # run, supervisord, four programs, rasa's stubborn child
        run.process.send_signal(number)
        assert run.ended() == 0
        assert processes_in(project) == {} and "All stopped" in run.text()

    def test_ctrl_c_while_waiting_stops_everything(self, start_run: Start, project: Path) -> None:
        (project / "bot" / "desk.py").write_text("import time\ntime.sleep(600)\n")
        run = start_run()
        run.heard("waiting for desk")
        run.process.send_signal(signal.SIGINT)
        assert run.ended() == 130
        assert processes_in(project) == {}

    def test_even_a_kill_leaves_nothing(self, start_run: Start, project: Path) -> None:
        serve = project / "bot" / "rasa.py"
        serve.write_text(
            serve.read_text().replace(STUBBORN, "")
        )  # only a living run can end what ignores SIGTERM
        run = start_run()
        run.heard("Ctrl-C stops everything")
        run.process.kill()
        run.ended()
        nothing_left(project)

    def test_make_stop_ends_it_from_elsewhere(self, start_run: Start, project: Path) -> None:
        run = start_run()
        run.heard("Ctrl-C stops everything")
        assert "Stopped." in told_to_stop(project)
        assert run.ended(5) == 0 and processes_in(project) == {}
        assert "Nothing runs" in told_to_stop(project)


class TestTrouble:
    def test_a_program_that_cannot_start_is_named_with_its_last_words(
        self, start_run: Start, project: Path
    ) -> None:
        (project / "actions" / "__main__.py").write_text(
            "raise SystemExit('data/policy.yml cannot be used')\n"
        )
        run = start_run()
        assert run.ended(60) == 1
        assert "actions keeps ending" in run.text() and "data/policy.yml cannot be used" in run.text()
        assert processes_in(project) == {}

    def test_without_rasa_the_desk_stays_up_and_it_is_said(self, start_run: Start, project: Path) -> None:
        (project / "bot" / "rasa.py").write_text("import time\ntime.sleep(600)\n")
        run = start_run(VIGIL_READY_S="6")
        said = run.heard("Ctrl-C stops everything")
        assert (
            "Not ready after 6 s: rasa (" in said
            and "danger reaches people" in said
            and "Ready after" not in said
        )

    def test_a_slip_in_the_training_data_keeps_nobody_waiting(self, start_run: Start, project: Path) -> None:
        (project / "data" / "nlu").mkdir(parents=True)
        (project / "data" / "nlu" / "greet.yml").write_text("\tbroken")
        (project / "bot" / "nlu" / "train.py").write_text(
            "raise SystemExit('data/nlu/greet.yml, line 1: a tab')\n"
        )
        said = start_run().heard("without your change")
        assert "line 1: a tab" in said and "Ready after" in said and "/console" in said

    def test_a_desk_that_never_answers_ends_the_run(self, start_run: Start, project: Path) -> None:
        (project / "bot" / "desk.py").write_text("import time\ntime.sleep(600)\n")
        run = start_run(VIGIL_READY_S="4")
        assert run.ended() == 1
        assert "The desk did not answer within 4 s" in run.text() and processes_in(project) == {}

    def test_a_desk_that_refuses_to_start_is_named_with_its_words(
        self, start_run: Start, project: Path
    ) -> None:
        refuse = "import sys, time\ntime.sleep(3)\nprint('VIGIL_SECRET is a default')\nsys.exit(2)\n"
        (project / "bot" / "desk.py").write_text(refuse)
        run = start_run()
        assert run.ended(60) == 1
        assert "desk will not start" in run.text() and "VIGIL_SECRET is a default" in run.text()
        assert processes_in(project) == {}

    def test_a_desk_that_ends_late_again_and_again_is_named_too(
        self, start_run: Start, project: Path
    ) -> None:
        fail = "import sys, time\ntime.sleep(3)\nsys.exit('Port 8080: nobody can listen here')\n"
        (project / "bot" / "desk.py").write_text(fail)
        run = start_run()
        assert run.ended(60) == 1
        assert "desk keeps ending" in run.text() and "nobody can listen here" in run.text()

    def test_production_is_asked_before_the_long_work(self, start_run: Start, project: Path) -> None:
        (project / "bot" / "__main__.py").write_text(
            "import sys\nif '--check' in sys.argv:\n    sys.exit('VIGIL_PUBLIC_URL is not https')\n"
        )
        (project / "bot" / "web" / "package-lock.json").write_text("{ }")  # the pages are stale now
        run = start_run(VIGIL_ENV="production")
        assert run.ended() == 1
        assert "VIGIL_PUBLIC_URL is not https" in run.text() and "The desk will not start" in run.text()
        assert "Pages" not in run.text()

    def test_a_setting_that_cannot_be_used_is_not_blamed_on_the_database(
        self, start_run: Start, project: Path
    ) -> None:
        (project / "bot" / "__main__.py").write_text("import sys\nprint('VIGIL_ENV is')\nsys.exit(2)\n")
        run = start_run()
        assert run.ended() == 1
        assert "Mend what stands above" in run.text() and "database" not in run.text()

    def test_a_folder_that_cannot_be_written(self, start_run: Start, project: Path) -> None:
        closed = str(project / "supervisord.conf" / "var")
        run = start_run(VIGIL_VAR=closed)
        assert run.ended() == 1
        assert f"{closed} cannot be written" in run.text() and "Traceback" not in run.text()
        for option in ("--stop", "--check"):
            said = subprocess.run(
                [sys.executable, "-m", "tools.run", option],
                cwd=project, env={**os.environ, "VIGIL_VAR": closed}, capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert said.returncode == 1 and "cannot be written" in said.stdout + said.stderr

    def test_a_database_that_cannot_be_migrated(self, start_run: Start, project: Path) -> None:
        (project / "bot" / "__main__.py").write_text("raise SystemExit('The database cannot be reached')\n")
        run = start_run()
        assert run.ended() == 1
        assert "could not be brought up to date" in run.text() and "Traceback" not in run.text()

    def test_a_port_in_use_is_one_clear_line(self, start_run: Start) -> None:
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            run = start_run(VIGIL_RASA_PORT=str(holder.getsockname()[1]))
            assert run.ended() == 1
        assert (
            "(rasa) is in use" in run.text()
            and "VIGIL_RASA_PORT=" in run.text()
            and "Traceback" not in run.text()
        )

    def test_a_second_run_from_the_same_folder(self, start_run: Start) -> None:
        first = start_run()
        said = first.heard("Ctrl-C stops everything")
        second = start_run()
        assert (
            second.ended() == 1
            and f"already runs from this folder (process {first.process.pid})" in second.text()
        )
        address = re.search(r"Passengers +(\S+)", said)
        assert address
        with urllib.request.urlopen(address[1], timeout=5) as answer:
            assert answer.status == 200

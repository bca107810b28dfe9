"""The served process: what it holds in memory, how soon it answers, what survives it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.nlu.conftest import ROOT, ActionServer, Served
from tests.ports import free_port

MOST_MEMORY = 400 * 1024  # kB
MOST_START = 15.0  # seconds on two free cores


def _memory(process: int) -> int:
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def test_it_is_small_quick_and_without_tensorflow(served: Served) -> None:
    health = served.call("GET", "/health").json()
    assert health["status"] == "ok" and health["tensorflow_loaded"] is False
    assert health["model_id"] and health["trained_at"].endswith("Z")
    served.parse("司机把车门锁了 he locked the doors")
    assert served.process is not None and _memory(served.process.pid) <= MOST_MEMORY
    mapped = Path(f"/proc/{served.process.pid}/maps").read_text()
    assert "libtensorflow" not in mapped
    assert served.ready_s <= MOST_START


def test_it_listens_on_this_machine_only(served: Served) -> None:
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = {line.split()[1] for line in table if line.split()[3] == "0A"}
    assert {one.split(":")[0] for one in listening if int(one.split(":")[1], 16) == served.port} == {
        "0100007F"
    }


def test_a_recorded_answer_survives_a_restart(
    tiny_model: Path, tmp_path: Path, actions: ActionServer
) -> None:
    server = Served(tiny_model, tmp_path, actions.url)
    server.start()
    first = server.turn("c", "1", "check balance").json()
    server.stop()
    server.start()
    try:
        assert server.turn("c", "1", "check balance").json() == first
        assert [m["text"] for m in server.turn("c", "2", "check balance").json()["messages"]] == [
            "asked 2 times"
        ]
    finally:
        server.stop()
    assert len(actions.calls) == 2


def test_no_model_is_told_before_serving(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot.nlu.serve", "--model", str(tmp_path), "--port", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "train one with" in done.stderr and "Traceback" not in done.stderr

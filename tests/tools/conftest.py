"""A small project that `make run` takes for the real one: the same tools and supervisord.conf, programs of a few lines."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.pages import BUILT
from tools.places import ROOT

SERVER = """
import http.server, json, os, sys, urllib.request
name, port = {name!r}, int({port})
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        parts = {{}}
        for other in {others!r}:
            try:
                urllib.request.urlopen("http://127.0.0.1:" + os.environ["VIGIL_" + other.upper() + "_PORT"], timeout=1).close()
                parts[other] = {{"ok": True, "says": "answers"}}
            except OSError as error:
                parts[other] = {{"ok": False, "says": str(error)}}
        self.send_response(200 if all(part["ok"] for part in parts.values()) else 503)
        self.end_headers()
        self.wfile.write(json.dumps({{"ready": True, "parts": parts}}).encode())
    def log_message(self, *arguments):
        pass
print(name, "listens", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
# rasa also leaves a child behind that takes no notice of SIGTERM, as a stuck worker would
STUBBORN = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"])
"""
STAMPS = """
from tools import environments, model, pages, stamps
from tools.places import ENVIRONMENTS, STAMPS, WEB, ROOT
for one in ENVIRONMENTS:
    stamps.write(environments._stamp(one), environments._sources(one))
stamps.write(WEB / "node_modules" / ".vigil-stamp", stamps.digest([WEB / "package-lock.json"]))
stamps.write(STAMPS / "pages", pages._sources())
sources = stamps.digest([ROOT / name for name in model._SOURCES])
stamps.write(STAMPS / "model", sources + " " + model._served())
"""


class Run:
    """A `tools/run.py` of the small project, and what it has said."""

    def __init__(self, project: Path, settings: dict[str, str]) -> None:
        self.said = project / "said.txt"
        with self.said.open("w") as out:
            command = [sys.executable, "tools/run.py"]
            env = {**os.environ, **settings}
            self.process = subprocess.Popen(
                command, cwd=project, env=env, stdout=out, stderr=out, start_new_session=True
            )

    def heard(self, words: str, within_s: float = 40.0) -> str:
        """Wait until it has said these words; returns all it said. Fails when it ends or stays silent."""
        return until(
            lambda: self.text() if words in self.text() else "",
            within_s,
            lambda: f"no {words!r} in:\n{self.text()}",
        )

    def text(self) -> str:
        return self.said.read_text()

    def ended(self, within_s: float = 30.0) -> int:
        return self.process.wait(within_s)


def until(look: Callable[[], object], within_s: float, complaint: Callable[[], str]) -> str:
    """Look again and again until there is something."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        found = look()
        if found:
            return str(found)
        time.sleep(0.05)
    raise AssertionError(complaint())


def processes_in(folder: Path) -> dict[int, str]:
    """Processes (pid: command) that run in `folder`, apart from this one's own."""
    found = {}
    for one in Path("/proc").glob("[0-9]*"):
        try:
            if (one / "cwd").resolve() == folder and (one / "stat").read_text().rpartition(")")[2].split()[
                0
            ] != "Z":
                found[int(one.name)] = (one / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
    return found


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    root = tmp_path / "project"
    shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "supervisord.conf", root)
    for name in (".venv", ".venv-rasa"):
        python = root / name / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        python.chmod(0o755)
    programs = {
        "sandbox/__main__.py": SERVER.format(
            name="sandbox", port="os.environ['VIGIL_SANDBOX_PORT']", others=[]
        ),
        "actions/__main__.py": SERVER.format(
            name="actions", port="os.environ['VIGIL_ACTIONS_PORT']", others=[]
        ),
        "bot/nlu/serve.py": "import bot.rasa\n",
        "bot/rasa.py": STUBBORN + SERVER.format(name="rasa", port="sys.argv[-1]", others=[]),
        "bot/desk.py": SERVER.format(
            name="desk", port="os.environ['VIGIL_PORT']", others=["rasa", "actions", "sandbox"]
        ),
        "bot/__main__.py": "import sys\nif sys.argv[1] == 'serve':\n    import bot.desk\nelse:\n    print('migrated')\n",
        "bot/web/package-lock.json": "{}",
        "models/m.tar.gz": "",
        **{f"bot/web/dist/{name}": "" for name in BUILT},
        **{f"requirements/{name}.txt": "" for name in ("desk", "rasa")},
        "var/demo-sign-ins.txt": "safety@demo.example\tone-time\tsafety\n",
    }
    for name, text in programs.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run([sys.executable, "-c", STAMPS], cwd=root, check=True, env={**os.environ, "VIGIL_VAR": ""})
    yield root
    for pid in processes_in(root):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def start_run(project: Path, ports: Callable[[], int]) -> Iterator[Callable[..., Run]]:
    """Start a run of the small project on free ports; what still runs at the end is ended."""
    names = (
        "VIGIL_PORT",
        "VIGIL_INTERNAL_PORT",
        "VIGIL_RASA_PORT",
        "VIGIL_ACTIONS_PORT",
        "VIGIL_SANDBOX_PORT",
    )
    chosen = {name: str(ports()) for name in names}
    runs: list[Run] = []

    def begin(**settings: str) -> Run:
        runs.append(Run(project, {"VIGIL_VAR": "", "VIGIL_RIDE_PLATFORM_URL": "", **chosen, **settings}))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(30)

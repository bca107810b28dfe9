"""PostgreSQL and Redis for the tests: servers of our own on free ports, gone when the tests end; else those that run here."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tools.browser import install_packages
from tools.processes import Word, end_group, environment, heard, start
from tools.say import Trouble, tell

POSTGRES, REDIS = "VIGIL_TEST_POSTGRES", "VIGIL_TEST_REDIS"
_POSTGRES_FOLDERS = ("/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt")
_START_S = 30.0


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """The settings that name a PostgreSQL in which databases may be made, and a Redis. What the environment sets is used as
    it is. In CI the absence of one is Trouble; elsewhere it is said, and the tests that need it fail with a sentence."""
    with ExitStack() as stack:
        found: dict[str, str] = {}
        for setting, package, find, served in (
            (POSTGRES, "postgresql", _postgres_program, _postgres),
            (REDIS, "redis-server", _redis_program, _redis),
        ):
            if given := os.environ.get(setting):
                found[setting] = given
            elif program := _provided(setting, package, find):
                found[setting] = stack.enter_context(served(program))
        yield found


def _provided(setting: str, package: str, find: Callable[[], Path | None]) -> Path | None:
    program = find()
    in_ci = bool(os.environ.get("CI"))
    if program is None and in_ci and install_packages(package):
        program = find()
    if program is None and in_ci:
        raise Trouble(
            f"{package} is not installed, and in CI its tests must run: install it, or set {setting}."
        )
    if program is None:
        tell(
            f"{package} is not installed: tests that need it fail unless one runs on its usual port, or {setting} names one."
        )
    return program


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _postgres(initdb: Path) -> Iterator[str]:
    """A fresh cluster, without durability: it lives for one test run."""
    with _owned_folder() as (folder, user):
        data, port = folder / "data", _free_port()
        kind = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        made, said = heard([*user, initdb, "-D", data, *kind], folder=folder)
        if made != 0:
            raise Trouble(f"initdb failed: {said.strip()[-500:]}")
        options: list[Word] = [
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            folder,
            "-F",
            "-c",
            "max_connections=200",
        ]
        with _server([*user, initdb.parent / "postgres", "-D", data, *options], folder, port):
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


def _postgres_program() -> Path | None:
    """initdb, whose neighbour is the server."""
    found = shutil.which("initdb")
    listed = sorted(path for root in _POSTGRES_FOLDERS for path in Path(root).glob("*/bin/initdb"))
    return Path(found) if found else listed[-1] if listed else None


@contextmanager
def _owned_folder() -> Iterator[tuple[Path, list[Word]]]:
    """A temporary folder, and what to put before a command: PostgreSQL refuses to run as root."""
    with tempfile.TemporaryDirectory(prefix="vigil-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() != 0:
            yield folder, []
            return
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        yield folder, ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]


def _redis_program() -> Path | None:
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return Path(found) if found else None


@contextmanager
def _redis(program: Path) -> Iterator[str]:
    """A Redis that keeps nothing."""
    with tempfile.TemporaryDirectory(prefix="vigil-") as name:
        port = _free_port()
        quiet = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", name]
        with _server([program, "--port", str(port), *quiet], Path(name), port):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def _server(command: list[Word], folder: Path, port: int) -> Iterator[None]:
    """The server, from the moment it takes connections. Raises Trouble when it ends before or is too late."""
    process = start(command, folder=folder, env=environment(LC_ALL="C.UTF-8"), output=subprocess.DEVNULL)
    try:
        until = time.monotonic() + _START_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise Trouble(
                    f"{command[-1] if process.poll() is None else Path(str(command[0])).name} did not start."
                )
            time.sleep(0.05)
        yield
    finally:
        end_group(process.pid)
        process.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False

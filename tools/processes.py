"""Commands started by the tools: each in a process group of its own, which ends with the tool whatever happens."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import IO, Any, Union

from tools.places import ROOT
from tools.say import Stopped

Word = Union[str, Path]
GRACE_S = 10.0
_LIBC = ctypes.CDLL(None)  # opened here: between fork and exec nothing may be imported
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)


@contextmanager
def stoppable() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP raise Stopped inside the block. A second one is ignored while the first is obeyed."""

    def stop(number: int, frame: FrameType | None) -> None:
        for name in before:
            signal.signal(name, signal.SIG_IGN)
        raise Stopped

    names = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {name: signal.getsignal(name) for name in names}
    for name in names:
        signal.signal(name, stop)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def environment(**more: str) -> dict[str, str]:
    """The environment for a command: ours, without telemetry, and what is given."""
    return {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "PYTHONUNBUFFERED": "1", **more}


def call(
    command: Sequence[Word],
    *,
    folder: Path = ROOT,
    env: Mapping[str, str] | None = None,
    output: int | IO[Any] | None = None,
) -> int:
    """Run a command to its end and return its exit status. Its whole group is ended if we are stopped meanwhile."""
    process = start(command, folder=folder, env=env, output=output)
    try:
        return process.wait()
    finally:
        end_group(process.pid)
        process.wait()


def heard(
    command: Sequence[Word], *, folder: Path = ROOT, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run a command quietly; returns its exit status and all it wrote."""
    process = start(command, folder=folder, env=env, output=subprocess.PIPE)
    try:
        said, _ = process.communicate()
        return process.returncode, said.decode("utf-8", "replace")
    finally:
        end_group(process.pid)
        process.wait()


def start(
    command: Sequence[Word],
    *,
    folder: Path = ROOT,
    env: Mapping[str, str] | None = None,
    output: int | IO[Any] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own (so that Ctrl-C reaches it through us alone). On Linux it also ends when
    this process is killed."""
    return subprocess.Popen(
        [str(word) for word in command],
        cwd=folder,
        env=dict(env) if env is not None else environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )


def _die_with_parent() -> None:
    _LIBC.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def group_lives(group: int) -> bool:
    """True while any process of the group is there (an unreaped one counts)."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_group(group: int, grace_s: float = GRACE_S) -> None:
    """End all that is left of a process group: SIGTERM, and after `grace_s` seconds SIGKILL."""
    for number, wait_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, 2.0)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
        until = time.monotonic() + wait_s
        while group_lives(group) and time.monotonic() < until:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(-group, os.WNOHANG)
            time.sleep(0.02)
        if not group_lives(group):
            return

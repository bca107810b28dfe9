"""supervisord as a child of ours, spoken to over its socket."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import socket
import subprocess
import tempfile
import time
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.processes import Word, end_group, environment, group_lives, start

GROUP = "vigil"  # as in supervisord.conf
REFUSES = (
    2  # the exit status of a program that will not start as things are set (exitcodes in supervisord.conf)
)
_LONGEST_SOCKET_PATH = 100  # bytes; the system allows 107 (Linux) or 103 (macOS)


@dataclass(frozen=True)
class State:
    """A program as supervisord sees it. `began` and `ended`: seconds since 1970. pid is 0 when it does not run."""

    name: str
    state: str  # STOPPED STARTING RUNNING BACKOFF STOPPING EXITED FATAL UNKNOWN
    pid: int
    began: int
    ended: int
    exit_status: int
    log: Path
    trouble: str

    @property
    def given_up(self) -> bool:
        """True when supervisord does not start it again: it kept ending, or it said that it will not start."""
        return self.state == "FATAL" or (self.state == "EXITED" and self.exit_status == REFUSES)


class Supervisor:
    """Starts supervisord with a configuration file and ends it with all that it started."""

    def __init__(self, python: Path, configuration: Path, var: Path, settings: Mapping[str, str]) -> None:
        self._socket = socket_path(var)
        self._groups: set[int] = set()
        (var / "log").mkdir(parents=True, exist_ok=True)
        self._socket.unlink(missing_ok=True)
        env = environment(**settings, VIGIL_VAR=str(var), VIGIL_SUPERVISOR_SOCKET=str(self._socket))
        command: list[Word] = [
            python,
            "-W",
            "ignore",
            "-m",
            "supervisor.supervisord",
            "-n",
            "-c",
            configuration,
        ]
        self._process = start(command, folder=configuration.parent, env=env, output=subprocess.PIPE)

    def ended(self) -> str | None:
        """What supervisord said when it ended by itself; None while it runs."""
        if self._process.poll() is None:
            return None
        said = self._process.stdout.read().decode("utf-8", "replace") if self._process.stdout else ""
        return said.strip() or f"supervisord ended with status {self._process.returncode}"

    def states(self) -> list[State] | None:
        """All programs, or None while supervisord does not answer."""
        try:
            with self._rpc() as rpc:
                listed: Any = rpc.supervisor.getAllProcessInfo()
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return None
        found = [_state(one) for one in listed]
        self._groups |= {one.pid for one in found if one.pid}
        return found

    def start_again(self, program: str) -> None:
        """Start a program that supervisord has given up."""
        with contextlib.suppress(OSError, http.client.HTTPException, xmlrpc.client.Error), self._rpc() as rpc:
            rpc.supervisor.startProcess(f"{GROUP}:{program}", False)

    def stop(self, wait_s: float = 20.0) -> list[int]:
        """End everything. Returns the process groups that had to be killed because they did not end in time."""
        self.states()
        self._process.terminate()
        until = time.monotonic() + wait_s
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.1, until - time.monotonic()))
        late = [group for group in {*self._groups, self._process.pid} if group_lives(group)]
        for group in late:
            end_group(group, grace_s=1.0)
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._socket.unlink(missing_ok=True)
        return late

    @contextlib.contextmanager
    def _rpc(self) -> Any:
        proxy = xmlrpc.client.ServerProxy("http://supervisor", transport=_Transport(self._socket))
        with proxy:
            yield proxy


def socket_path(var: Path) -> Path:
    """Where supervisord listens: in `var`, or in the temporary folder when that path is too long for a socket."""
    plain = var / "supervisor.sock"
    if len(str(plain).encode()) <= _LONGEST_SOCKET_PATH:
        return plain
    return Path(tempfile.gettempdir()) / f"vigil-{hashlib.sha256(str(var).encode()).hexdigest()[:12]}.sock"


def _state(one: Mapping[str, Any]) -> State:
    return State(
        name=one["name"],
        state=one["statename"],
        pid=one["pid"],
        began=one["start"],
        ended=one["stop"],
        exit_status=one["exitstatus"],
        log=Path(one["stdout_logfile"]),
        trouble=one["spawnerr"],
    )


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("supervisor", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(str(self._path))


class _Transport(xmlrpc.client.Transport):
    """XML-RPC over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _Connection(self._path)

"""What must be in place before a run: free ports, room on the disk. And the doctor: everything looked at, nothing changed."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Callable

from tools import browser, environments, model, pages
from tools.places import DESK, ENVIRONMENTS, RASA, ROOT, VAR, Port, ports
from tools.say import Trouble, tell

# Measured: the environments take 3.2 GB, npm packages 0.1, Node where it must be fetched 0.2; the rest is for packing out.
FIRST_TIME_GB, LATER_GB = 4.0, 0.3


def check_ports(wanted: Iterable[Port], host: str = "127.0.0.1") -> None:
    """Raises Trouble naming every port in use."""
    taken = [port for port in wanted if in_use(port.number, host)]
    if taken:
        lines = [
            f"Port {port.number} ({port.program}) is in use (`lsof -i :{port.number}` names what uses it)."
            for port in taken
        ]
        moved = " ".join(f"{port.setting}={port.number + 100}" for port in taken)
        raise Trouble(
            "\n".join([*lines, f"End what uses {'it' if len(taken) == 1 else 'them'}, or: {moved} make run"])
        )


def in_use(number: int, host: str = "127.0.0.1") -> bool:
    """True when nobody can listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, number))
        except OSError:
            return True
    return False


def check_disk(
    folder: Path = ROOT,
    free_gb: Callable[[Path], float] = lambda at: shutil.disk_usage(at).free / 1e9,
    var: Path = VAR,
) -> None:
    """Raises Trouble when there is too little room for what is still to be made, in the project's folder or, where databases
    and logs lie elsewhere, in theirs."""
    first = not all(one.folder.exists() for one in ENVIRONMENTS)
    room = {folder: FIRST_TIME_GB if first else LATER_GB}
    room.setdefault(var, LATER_GB)
    for place, needed in room.items():
        free = free_gb(_there(place))
        if free < needed:
            made = first and place == folder
            what = "The environments and the model need" if made else "Databases and logs need"
            raise Trouble(
                f"{what} {needed:g} GB on the disk of {place}, and {free:.1f} GB is free: make room and run this again."
            )


def _there(folder: Path) -> Path:
    """The folder, or what it will be made in."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def check_writable(folder: Path = VAR) -> None:
    """Raises Trouble when nothing can be written in the folder, or it cannot be made."""
    try:
        with tempfile.TemporaryFile(dir=_there(folder)):
            pass
    except OSError as error:
        raise Trouble(
            f"{folder} cannot be written ({error.strerror}): give yourself the right to, or choose another with VIGIL_VAR."
        ) from error


def doctor() -> int:
    """Look at everything that a run needs, print a line for each, change nothing. Returns 1 if something is in the way."""
    wrong = 0
    for name, look in _LOOKS:
        try:
            tell(f"  ok     {name}: {look()}")
        except Trouble as trouble:
            wrong += 1
            tell(f"  wrong  {name}: {trouble}")
    tell("Nothing is in the way of `make run`." if not wrong else f"{wrong} to mend before `make run`.")
    return 1 if wrong else 0


def _disk() -> str:
    check_disk()
    return f"{shutil.disk_usage(ROOT).free / 1e9:.0f} GB free"


def _var() -> str:
    check_writable()
    return f"{VAR} can be written"


def _ports() -> str:
    wanted = ports(os.environ).values()
    check_ports(wanted)
    return "free: " + ", ".join(str(port.number) for port in wanted)


def _uv() -> str:
    found = shutil.which("uv")
    return found or "will be fetched with pip"


def _python(version: str) -> str:
    uv = shutil.which("uv")
    found = environments.present_python(Path(uv) if uv else None, version)
    return str(found) if found else "not here; uv will try to fetch it"


def _environments() -> str:
    return ", ".join(
        f"{one.name} {'built' if environments.fits(one) else 'to be built'}" for one in ENVIRONMENTS
    )


def _node() -> str:
    found = shutil.which("node")
    if found and pages.node_version(Path(found)) >= pages.NODE_AT_LEAST:
        return found
    return "will be fetched with pip"


def _browser() -> str:
    found = browser.find()
    return str(found) if found else "not here; only `make test` needs it, and says how to get it"


_LOOKS: tuple[tuple[str, Callable[[], str]], ...] = (
    ("disk", _disk),
    ("data folder", _var),
    ("ports", _ports),
    ("uv", _uv),
    ("Python for the desk", lambda: _python(DESK.version)),
    ("Python for Rasa", lambda: _python(RASA.version)),
    ("environments", _environments),
    ("Node", _node),
    ("pages", lambda: "built" if pages.built() else "to be built"),
    ("model", lambda: "fits its sources" if model.fits() else "to be trained"),
    ("Chromium", _browser),
)

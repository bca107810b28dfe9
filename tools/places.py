"""Where things lie, and on which ports they listen. Everything else asks here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.say import Trouble

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "bot" / "web"
MODELS = ROOT / "models"
VAR = Path(os.environ.get("VIGIL_VAR") or ROOT / "var").resolve()
STAMPS = VAR / "stamps"
LOGS = VAR / "log"
OWN_TOOLS = VAR / "tools"  # uv and Node, where the machine has none


@dataclass(frozen=True)
class Environment:
    """One of the two Python environments: folder, Python version, what is installed."""

    name: str
    folder: Path
    version: str
    requirements: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"


DESK = Environment("desk", ROOT / ".venv", "3.11", ROOT / "requirements" / "desk.txt")
RASA = Environment("rasa", ROOT / ".venv-rasa", "3.10", ROOT / "requirements" / "rasa.txt")
ENVIRONMENTS = (DESK, RASA)


@dataclass(frozen=True)
class Port:
    """A port that `make run` listens on: who listens, the setting that moves it, and the number."""

    program: str
    setting: str
    number: int


_DEFAULTS = (
    ("desk", "VIGIL_PORT", 8080),
    ("desk's internal door", "VIGIL_INTERNAL_PORT", 8081),
    ("rasa", "VIGIL_RASA_PORT", 5005),
    ("actions", "VIGIL_ACTIONS_PORT", 5055),
    ("sandbox", "VIGIL_SANDBOX_PORT", 8090),
)


def ports(environment: Mapping[str, str]) -> dict[str, Port]:
    """The ports by their setting's name. The sandbox has none when a platform is set (VIGIL_RIDE_PLATFORM_URL).
    Raises Trouble for what is no port number, or for one number given twice."""
    found: dict[str, Port] = {}
    for program, setting, default in _DEFAULTS:
        if program == "sandbox" and environment.get("VIGIL_RIDE_PLATFORM_URL"):
            continue
        given = environment.get(setting) or str(default)
        if not given.isdigit() or not 0 < int(given) < 65536:
            raise Trouble(f"{setting} is {given!r}: give a port number from 1 to 65535.")
        twin = next((port for port in found.values() if port.number == int(given)), None)
        if twin:
            raise Trouble(f"{setting} and {twin.setting} are both {given}: give each its own port.")
        found[setting] = Port(program, setting, int(given))
    return found

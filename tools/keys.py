"""Secrets of this installation: made once, kept in var/secrets.env, readable by the owner alone."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from tools.say import Trouble

NAMES = ("VIGIL_SECRET", "VIGIL_INTERNAL_SECRET")


def settled(file: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The secrets to run with: what the environment sets, else what the file keeps, else new ones (written to it).
    Raises Trouble when the file cannot be read or written."""
    try:
        kept = _read(file)
        missing = {
            name: secrets.token_hex(32) for name in NAMES if not environment.get(name) and name not in kept
        }
        if missing:
            _append(file, missing)
    except OSError as error:
        raise Trouble(
            f"{file} cannot be used ({error.strerror}): give yourself the right to read and write it."
        ) from error
    return {name: environment.get(name) or {**kept, **missing}[name] for name in NAMES}


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    file.chmod(0o600)
    lines = (line.strip().partition("=") for line in file.read_text("utf-8").splitlines())
    return {name: value for name, sign, value in lines if sign and value and not name.startswith("#")}


def _append(file: Path, made: Mapping[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="utf-8") as out:
        out.writelines(f"{name}={value}\n" for name, value in made.items())

"""Labelled messages as JSON lines: `{"text", "handoff", "intent"}`, `kind` and `language` if known."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_HANDOFFS = (True, False, None, "S0", "S1")


class BadInput(Exception):
    """What was given cannot be scored; the message says why."""


def read_labelled(files: Iterable[Path]) -> list[dict[str, Any]]:
    """The labelled messages of JSON-lines files; raises BadInput naming file and line."""
    labelled = []
    for file in files:
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{file} cannot be read ({error}): give a UTF-8 file of JSON lines.") from error
        for number, line in enumerate(lines, start=1):
            if line.strip():
                labelled.append(_label(file, number, line))
    return labelled


def _label(file: Path, number: int, line: str) -> dict[str, Any]:
    try:
        label = json.loads(line)
        if isinstance(label["text"], str) and label["handoff"] in _HANDOFFS:
            return dict(label)
    except (ValueError, KeyError, TypeError):
        pass
    raise BadInput(
        f'{file}, line {number}: each line must be {{"text": "…", "handoff": true or false, "intent": "…"}}.'
    )

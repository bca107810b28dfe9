"""Finds, before any training, what is wrong in the sources and says it in one sentence with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.nlu.labelled import BadInput, read_labelled
from bot.nlu.sources import Project


def _read(path: Path) -> dict[str, Any]:
    if path.suffix != ".yml":
        raise ValueError(f"{path} ends in {path.suffix}, and only .yml files are data here: rename it.")
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}, line {mark.line + 1}" if mark else str(path)
        what = getattr(error, "problem", None) or "it is not YAML"
        raise ValueError(f"{place} cannot be read ({what}): correct that line.") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: save it as UTF-8.") from error
    if not isinstance(data, dict | None):
        raise ValueError(f"{path} is a {type(data).__name__}: it must begin with a key, such as `nlu:`.")
    return data or {}


def _intents_of_domain(data: dict[str, Any]) -> set[str]:
    listed = data.get("intents") or []
    return {next(iter(item)) if isinstance(item, dict) else str(item) for item in listed}


def examples_of(path: Path, data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Each intent of a file of NLU data with its block of examples."""
    for item in data.get("nlu") or []:
        if isinstance(item, dict) and "intent" in item:
            yield str(item["intent"]).partition("/")[0], str(item.get("examples") or "")


def check_sources(project: Project) -> None:
    """Raises ValueError, naming file and remedy, for a missing or unreadable file, or an intent no domain knows."""
    for path in (project.config, project.domain):
        if not path.is_file():
            raise ValueError(f"{path} is missing: restore it.")
    if not project.training_paths():
        raise ValueError(f"{project.data}/ holds no training data: restore data/nlu and data/rules.")
    try:
        read_labelled(project.development())
    except BadInput as error:
        raise ValueError(str(error)) from error
    contents = {path: _read(path) for path in project.files() if path.suffix != ".jsonl"}
    known: set[str] = set()
    for path in [project.domain, *(p for p in contents if "responses" in p.parts)]:
        known |= _intents_of_domain(contents[path])
    for path, data in contents.items():
        if project.data / "nlu" not in path.parents:
            continue
        for intent, examples in examples_of(path, data):
            if intent not in known:
                raise ValueError(
                    f"{path} has examples of the intent {intent!r}, which {project.domain} does not list: "
                    f"add it there or correct its name."
                )
            if not examples.strip():
                raise ValueError(f"{path} has no example of the intent {intent!r}: write some or remove it.")

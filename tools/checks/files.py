"""Every YAML file, read strictly: a key given twice is an error, not a silent loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bot.kit.data import read_yaml

_ALONE = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "bot/rides/openapi.yml")
_FOLDERS = ("data", "sandbox/data")


def read_all(root: Path, contents: dict[str, Any]) -> list[str]:
    """Fill `contents` with every YAML file by its path (relative, as text); returns what is wrong with the unreadable."""
    wrong: list[str] = []
    paths = [root / name for name in _ALONE]
    for folder in _FOLDERS:
        paths += sorted((root / folder).rglob("*.yml"))
        wrong += [
            f"{path.relative_to(root).as_posix()} is not read: data files end in .yml. Rename it."
            for path in sorted((root / folder).rglob("*.yaml"))
        ]
    for path in paths:
        name = path.relative_to(root).as_posix()
        try:
            contents[name] = read_yaml(path)
        except FileNotFoundError:
            wrong.append(f"{name} is missing: restore it.")
        except UnicodeDecodeError:
            wrong.append(f"{name} is not UTF-8: save it as UTF-8.")
        except (yaml.YAMLError, ValueError) as error:
            wrong.append(_told(name, path, error))
    return wrong


def _told(name: str, path: Path, error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{name}, line {error.problem_mark.line + 1}: {error.problem}. Correct that line."
    text = path.read_text("utf-8")
    if isinstance(error, yaml.reader.ReaderError) and (sign := yaml.reader.Reader.NON_PRINTABLE.search(text)):
        line = text.count("\n", 0, sign.start()) + 1
        return f"{name}, line {line}: holds the control character {sign[0]!r}, which nobody sees. Delete it."
    return f"{name} is no YAML ({error}). Correct it."

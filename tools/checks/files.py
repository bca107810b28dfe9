"""Every YAML file, read strictly: a key given twice is an error, not a silent loss."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

_ALONE = ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "bot/rides/openapi.yml")
_FOLDERS = ("data", "sandbox/data")


_Loader: Any = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)  # the C one, where it was built, takes a tenth of the time


class _Strict(_Loader):  # type: ignore[misc]
    """Refuses a mapping in which a key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen and key != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def read_all(root: Path, contents: dict[str, Any]) -> list[str]:
    """Fill `contents` with every YAML file by its path (relative, as text); returns what is wrong with the unreadable."""
    wrong: list[str] = []
    paths = [root / name for name in _ALONE]
    paths += [path for folder in _FOLDERS for path in sorted((root / folder).rglob("*.yml"))]
    for path in paths:
        name = path.relative_to(root).as_posix()
        try:
            contents[name] = yaml.load(path.read_text("utf-8"), Loader=_Strict)
        except FileNotFoundError:
            wrong.append(f"{name} is missing: restore it.")
        except UnicodeDecodeError:
            wrong.append(f"{name} is not UTF-8: save it as UTF-8.")
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else "?"
            wrong.append(f"{name}, line {line}: {error.problem}. Correct that line.")
    return wrong

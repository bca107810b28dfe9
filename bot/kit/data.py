"""The data files of the product, read one way."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

# libyaml reads ten times faster than Python does, and a desk that starts again after a kill waits for these files. A PyYAML
# without it reads the same, more slowly.
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[misc]
    """Refuses a mapping in which a key stands twice: YAML would keep the last and drop the others without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # refused below, with its line
            if key in seen and key != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep)
        return mapping


def read_yaml(path: Path) -> Any:
    """What the YAML file at `path` holds, None for an empty one. Raises OSError, UnicodeDecodeError or yaml.YAMLError, also
    for a key that stands twice."""
    with path.open(encoding="utf-8") as file:  # not its text: an error then names the file
        return yaml.load(file, Loader=_Loader)


def yaml_files(folder: Path, *, deep: bool = False) -> list[Path]:
    """The `.yml` files of a folder in order; deep: of the folders in it too. Raises ValueError for a `.yaml`: it would lie
    there and count for nothing."""
    look = folder.rglob if deep else folder.glob
    if strangers := sorted(look("*.yaml")):
        raise ValueError(f"{strangers[0]} is not read: data files end in .yml. Rename it.")
    return sorted(look("*.yml"))

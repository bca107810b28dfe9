"""Training messages as they are written: what Rasa would drop or learn as literal text, with file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

_FOLDER = "data/nlu/"
_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# `[words](entity)`, `[words](entity:value)` or `[words]{"entity": …}`, as Rasa reads them.
_MARKED = re.compile(r"\[[^\[\]]+\](?:\(([^():]+)(?::[^()]*)?\)|\{\s*\"entity\"\s*:\s*\"([^\"]+)\"[^{}]*\})")
_LEFT_OVER = re.compile(r"\]\s*[({（]|\[[^\]]*$|^[^\[]*\]|\[\s*\]|\[[^\]]*\[")


def well_written(root: Path, contents: Mapping[str, Any]) -> list[str]:
    """Each file of training messages: known keys, each line an example, each mark of an entity whole and known."""
    entities = {
        next(iter(one)) if isinstance(one, dict) else one
        for one in contents["domain.yml"].get("entities") or []
    }
    wrong: list[str] = []
    for path, content in contents.items():
        if path.startswith(_FOLDER) and content is not None:
            wrong += _of_file(path, yaml.compose((root / path).read_text("utf-8"), Loader=_BASE), entities)
    return wrong


def _of_file(path: str, node: Any, entities: set[str]) -> Iterator[str]:
    top = _keys(node)
    if top is None or not set(top) <= {"version", "nlu"} or "nlu" not in top:
        yield f"{path}, line 1: begins with {', '.join(top or {}) or 'no key'}; it must be `nlu:`, or all is lost. Correct it."
        return
    items = top["nlu"]
    if not isinstance(items, yaml.SequenceNode):
        yield f"{path}, line {_line(items)}: `nlu:` must be a list of `- intent: …`."
        return
    for item in items.value:
        keys = _keys(item)
        if keys is None or set(keys) != {"intent", "examples"}:
            yield (
                f"{path}, line {_line(item)}: has {', '.join(keys or {}) or 'no keys'} where only `intent` and `examples` "
                "count. Words of an entity belong into data/entities."
            )
        elif not isinstance(keys["examples"], yaml.ScalarNode) or keys["examples"].style != "|":
            yield f"{path}, line {_line(keys['examples'])}: write `examples: |` and one `- message` a line below it."
        else:
            yield from _of_block(path, keys["examples"], entities)


def _of_block(path: str, block: yaml.ScalarNode, entities: set[str]) -> Iterator[str]:
    for number, line in enumerate(block.value.split("\n"), _line(block) + 1):
        text = line.strip()
        if text and not text.startswith("- "):
            yield f"{path}, line {number}: “{text}” is not learnt: begin it with `- `."
        named = [one or other for one, other in _MARKED.findall(text)]
        for entity in (name for name in named if name not in entities):
            yield f"{path}, line {number}: the entity {entity!r} is unknown to domain.yml. Correct its name."
        if _LEFT_OVER.search(_MARKED.sub("", text)):
            yield f"{path}, line {number}: “{text}” has a bracket too many or too few: write [words](entity)."


def _keys(node: Any) -> dict[str, Any] | None:
    return {key.value: value for key, value in node.value} if isinstance(node, yaml.MappingNode) else None


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1

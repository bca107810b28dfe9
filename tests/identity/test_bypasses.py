"""Looks for ways round the grants: unmasked phones are read in one module, grants are made in one module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RAW_READS = {"trip_contacts", "rider_contact", "driver_contact", "emergency_contacts"}
RAW_PATHS = ("/contacts", "/contact", "/emergency-contacts")
# The client that offers the raw reads, and the one module that may use them.
READERS = {"bot/rides/client.py", "bot/identity/contacts.py"}
MAKERS = {"bot/identity/service.py"}


def bypasses(path: str, source: str) -> Iterator[str]:
    """What in this source reads unmasked phones or makes a grant where it may not, with its line."""
    for node in ast.walk(ast.parse(source)):
        found = None
        if path not in READERS:
            found = _raw_read(node)
        if path not in MAKERS and _makes_grant(node):
            found = "makes a Grant"
        if found:
            yield f"{path}:{getattr(node, 'lineno', 0)} {found}"


def _raw_read(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute) and node.attr in RAW_READS:
        return f"reads {node.attr}: use bot.identity.contacts"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
        named = [one.value for one in node.args if isinstance(one, ast.Constant)]
        return "reads contacts by getattr" if RAW_READS & set(named) else None
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(RAW_PATHS):
        return f"asks the platform for {node.value}: use bot.identity.contacts"
    return None


def _makes_grant(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    named = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    copied = named in ("replace", "copy") and any("grant" in ast.unparse(one).lower() for one in node.args)
    return named == "Grant" or copied


def sources() -> Iterator[tuple[str, str]]:
    for folder in ("bot", "actions"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in file.parts:
                yield file.relative_to(ROOT).as_posix(), file.read_text("utf-8")


def test_unmasked_phones_are_read_and_grants_made_in_one_place() -> None:
    found = [one for path, source in sources() for one in bypasses(path, source)]
    assert found == [], "\n".join(found)


def test_the_scan_sees_the_places_where_it_is_allowed() -> None:
    seen = dict(sources())
    assert {*READERS, *MAKERS} <= set(seen)
    assert list(bypasses("elsewhere.py", seen["bot/identity/contacts.py"]))
    assert list(bypasses("elsewhere.py", seen["bot/identity/service.py"]))


@pytest.mark.parametrize(
    "planted",
    [
        "async def f(p): return await p.trip_contacts('t', 'r')",
        "async def f(p): return await p.emergency_contacts('r', 'r')",
        "read = platform.rider_contact",
        "getattr(platform, 'driver_contact')('d', 'r')",
        "async def f(t): return await t.get(f'/riders/{id}/contact')",
        "from bot.identity.schemas import Grant\nmine = Grant('staff:1', s, 'x')",
        "from bot.identity import schemas\nmine = schemas.Grant('staff:1', s, 'x')",
        "from dataclasses import replace\nmine = replace(grant, acts=frozenset({'see_unmasked_phone'}))",
    ],
)
def test_the_scan_finds_a_planted_bypass(planted: str) -> None:
    assert list(bypasses("bot/somewhere.py", planted))


def test_the_scan_lets_honest_code_pass() -> None:
    honest = "async def f(p, g): return await contacts.emergency_of_rider(p, g, 'r', 'VG-1')"
    assert list(bypasses("bot/somewhere.py", honest)) == []

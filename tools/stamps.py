"""Stamps: what was built from which sources, so that nothing is built twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(paths: Iterable[Path], *more: str) -> str:
    """One digest over files (name and content; folders with all below) and further words. What is missing counts as such."""
    sums = hashlib.sha256()
    for root in sorted(paths):
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_dir() or "__pycache__" in path.parts:
                continue
            sums.update(str(path.relative_to(root.parent)).encode() + b"\0")
            sums.update(path.read_bytes() if path.is_file() else b"\1")
            sums.update(b"\0")
    for word in more:
        sums.update(word.encode() + b"\0")
    return sums.hexdigest()[:24]


def fits(stamp: Path, sources: str) -> bool:
    """True when `stamp` was written for just these sources."""
    try:
        return stamp.read_text("utf-8").strip() == sources
    except (OSError, UnicodeDecodeError):
        return False


def write(stamp: Path, sources: str) -> None:
    """Note that the work for these sources is done."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(sources + "\n", "utf-8")

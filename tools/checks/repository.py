"""What no file of the project may hold: addresses to download from, names of package indexes, paths of one machine."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

_LARGEST = 2_000_000  # bytes; larger files are data, not text
_KINDS = r"whl|tar\.(?:gz|bz2|xz)|tgz|zip|deb|rpm|exe|dmg|pkg|jar|onnx|safetensors|gguf"
_DOWNLOAD = re.compile(rf"https?://[^\s\"'<>]+\.(?:{_KINDS})\b", re.IGNORECASE)
_INDEX = re.compile(
    r"https?://(?:[\w-]+\.)*(?:registry|mirrors?|files|index|p[y]pi|npm[j]s)\.[\w.-]+"
    r"|--(?:extra-)?index-url\b|--find-link[s]\b|--trusted-hos[t]\b|(?:^|[^\w-])registry\s*=\s*\S",
    re.IGNORECASE | re.MULTILINE,
)
_HOME = re.compile(r"(?<![\w.$}])/(?:root|home/[a-z]\w*|Users/\w+)/\w")
_PINNED = re.compile(r"^[A-Za-z0-9_.-]+(?:\[[\w,-]+\])?==\S+")


def hygiene(root: Path) -> list[str]:
    """Sentences about addresses, indexes and home folders in the project's files."""
    wrong: list[str] = []
    for path in files(root):
        name = path.relative_to(root).as_posix()
        text = _text(path)
        for pattern, what in (
            (_DOWNLOAD, "an address to download from"),
            (_INDEX, "a package index"),
            (_HOME, "a path of one machine"),
        ):
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                wrong.append(f"{name}, line {line} names {what}: take it out.")
        if path.name == "package-lock.json" and '"resolved"' in text:
            wrong.append(
                f"{name} holds resolved addresses: run npm with bot/web/.npmrc in force, or delete them."
            )
    return wrong + [
        fault for path in sorted((root / "requirements").glob("*.txt")) for fault in unpinned(path)
    ]


def files(root: Path) -> list[Path]:
    """The files that are or would be kept under version control; without git, all outside of dot folders."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root, capture_output=True, check=True, timeout=30,
        ).stdout.decode()  # fmt: skip
        found = [root / name for name in listed.split("\0") if name]
    except (OSError, subprocess.SubprocessError):
        built = {"node_modules", "dist", "var", "models", "__pycache__"}
        found = [
            path
            for path in root.rglob("*")
            if not any(p.startswith(".venv") or p in built for p in path.parts)
        ]
    return sorted(path for path in found if path.is_file() and path.stat().st_size <= _LARGEST)


def _text(path: Path) -> str:
    raw = path.read_bytes()
    return "" if b"\0" in raw[:4096] else raw.decode("utf-8", "replace")


def unpinned(path: Path) -> Iterator[str]:
    """Sentences about requirements without exact version or hash, and about option lines."""
    whole = path.read_text("utf-8").replace("\\\n", " ")
    for line in (line.strip() for line in whole.splitlines()):
        if not line or line.startswith("#"):
            continue
        if not _PINNED.match(line) or "--hash=" not in line:
            yield f"{path.parent.name}/{path.name}: “{line[:40]}” is not pinned with a hash: run `make requirements`."

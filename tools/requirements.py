"""`make requirements`: compile each dependency group to requirements/, hash-pinned and without index lines."""

from __future__ import annotations

from tools.environments import find_uv
from tools.places import ROOT
from tools.processes import call
from tools.say import Trouble, ending_well, tell

# file: (dependency group, lowest Python)
FILES = {
    "desk": ("desk-dev", "3.11"),
    "rasa": ("rasa-dev", "3.10"),
    "uv": ("uv", "3.9"),
    "node": ("node", "3.9"),
}
_OPTIONS = ("--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet")


def main() -> int:
    uv = find_uv()
    for name, (group, version) in FILES.items():
        target = ROOT / "requirements" / f"{name}.txt"
        tell(f"requirements/{name}.txt from the group {group}")
        if (
            call(
                [uv, "pip", "compile", "--group", group, "--python-version", version, *_OPTIONS, "-o", target]
            )
            != 0
        ):
            raise Trouble(
                "uv found no set of packages that fits. What it says above names them: change pyproject.toml."
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(ending_well(main))

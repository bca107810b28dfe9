"""`python -m bot COMMAND …`: a command is a module with `main(argv) -> status`, loaded when asked for."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

# command: (module, what it does)
COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("bot.serve", "run the desk"),
    "staff": ("bot.identity.cli", "add, list, change and disable staff accounts"),
    "migrate": ("bot.migrate", "bring the database to this version"),
    "page": ("bot.paging.cli", "try the pagers"),
    "rehearse": ("bot.rehearse", "play the case of August 2018 to whoever is on the rota"),
}


def main(argv: list[str]) -> int:
    """Run the command that `argv` begins with; returns its exit status."""
    listed = "\n".join(f"  {name:<8} {what}" for name, (_, what) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m bot",
        epilog=f"commands:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, metavar="command", help="one of those below")
    parser.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="…", help="what the command takes; -h tells"
    )
    asked = parser.parse_args(argv)
    status: int = import_module(COMMANDS[asked.command][0]).main(asked.rest)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

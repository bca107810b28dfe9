"""`python -m bot migrate`: bring the database to the newest tables."""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from bot.settings import settings


def config(url: str | None = None) -> Config:
    """Alembic's configuration without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["url"] = url
    return made


def main(argv: list[str]) -> int:
    """Returns 0, or 2 with a sentence when the database cannot be reached."""
    settings().var.mkdir(parents=True, exist_ok=True)
    try:
        command.upgrade(config(), "head")
    except (OperationalError, OSError) as problem:
        print(
            f"The database cannot be reached: {problem}. Check DATABASE_URL and that it runs.",
            file=sys.stderr,
        )
        return 2
    return 0

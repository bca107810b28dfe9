"""`python -m bot migrate`: bring the database to the newest tables."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from bot.settings import settings


def config(url: str | None = None) -> Config:
    """Alembic's configuration without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    made.attributes["url"] = url
    return made


def main(argv: list[str]) -> int:
    """Returns 0. Raises what the database or Alembic raised; `bot.__main__` says it in a sentence."""
    settings().var.mkdir(parents=True, exist_ok=True)
    command.upgrade(config(), "head")
    return 0

"""The table of requests is made anew on SQLite: nothing of what is there may be lost, and what hangs on it stays tied."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic import command

from bot.migrate import config


def _fill(connection: sqlite3.Connection, table: str, **values: object) -> None:
    """A row of the table with something in every column that must not be empty."""
    row: dict[str, object] = {}
    for _, name, kind, needed, _, _ in connection.execute(f"PRAGMA table_info({table})"):
        if name in values or needed:
            other = "[]" if kind == "JSON" else "x" if "CHAR" in kind else "2026-01-01 00:00:00"
            row[name] = values.get(name, 1 if kind in ("INTEGER", "BOOLEAN") else other)
    marks = ",".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({','.join(row)}) VALUES ({marks})", list(row.values()))


def test_requests_and_what_hangs_on_them_survive_and_a_chat_may_ask_again(tmp_path: Path) -> None:
    file = tmp_path / "vigil.db"
    made = config(f"sqlite+aiosqlite:///{file}")
    command.upgrade(made, "0009")
    connection = sqlite3.connect(file)
    for table in ("conversations", "cases", "police_requests", "police_checks", "police_clues"):
        _fill(connection, table)
    with pytest.raises(sqlite3.IntegrityError):
        _fill(connection, "police_requests", id="y", reference="y")
    connection.commit()
    connection.close()
    command.upgrade(made, "0010")
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA foreign_keys = ON")
    _fill(connection, "police_requests", id="y", reference="y")
    kept = connection.execute("SELECT id, conversation_id FROM police_requests ORDER BY id").fetchall()
    assert kept == [("x", "x"), ("y", "x")]
    assert connection.execute("SELECT request_id FROM police_checks").fetchall() == [("x",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("DELETE FROM police_requests WHERE id = 'x'")
    connection.close()

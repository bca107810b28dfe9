"""police: a chat may ask again after its case has ended, a form completes a chat, and a proposal keeps whose data it was"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ONCE = "uq_police_requests_conversation_id"


def upgrade() -> None:
    op.add_column("police_releases", sa.Column("trip_id", sa.String(), nullable=True))
    op.add_column("police_requests", sa.Column("completes", sa.String(), nullable=True))
    if op.get_context().dialect.name == "sqlite":
        _rebuild()
    else:
        op.drop_constraint(_ONCE, "police_requests", type_="unique")
    op.create_index("ix_police_requests_conversation", "police_requests", ["conversation_id"], unique=False)


def _rebuild() -> None:
    """SQLite drops no constraint: the table is made anew under its own name. Foreign keys are on, and cannot be turned off
    within a transaction; put off to its end, the rows that come back settle what the dropped table owed."""
    connection = op.get_bind()
    made = connection.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = 'police_requests' AND sql IS NOT NULL ORDER BY type DESC")
    ).scalars().all()  # fmt: skip
    table, *indexes = made
    free = re.sub(rf",\s*CONSTRAINT {_ONCE} UNIQUE \(conversation_id\)", "", table)
    if free == table:
        raise RuntimeError(f"police_requests has no {_ONCE}")
    for statement in (
        "PRAGMA defer_foreign_keys = ON",
        "CREATE TEMPORARY TABLE kept AS SELECT * FROM police_requests",
        "DROP TABLE police_requests", free, "INSERT INTO police_requests SELECT * FROM kept", "DROP TABLE kept", *indexes,
    ):  # fmt: skip
        op.execute(statement)

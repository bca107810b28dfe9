"""macros"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.kit import database as kit
from bot.migrations.append_only import statements

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kit.Moment(timezone=True), nullable=nullable)


def _content() -> sa.Column[Any]:
    return sa.Column("content", sa.JSON(none_as_null=True), nullable=False)


def upgrade() -> None:
    op.create_table(
        "macros",
        _text("id"), sa.Column("version", sa.Integer(), nullable=False), _text("state"), _content(),
        _text("changed_by"), _text("changed_name"), _time("changed_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macros")),
    )  # fmt: skip
    op.create_table(
        "macro_versions",
        _text("id"), _text("macro_id"), sa.Column("version", sa.Integer(), nullable=False), _text("state"), _content(),
        _text("by"), _text("name"), _time("at"), _text("why"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_macro_versions")),
        sa.UniqueConstraint("macro_id", "version", name=op.f("uq_macro_versions_macro_id_version")),
    )  # fmt: skip
    op.create_table(
        "macro_uses",
        _text("message_id"), _text("macro_id"), sa.Column("version", sa.Integer(), nullable=False),
        _text("conversation_id"), _text("staff_id"), _time("at"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_macro_uses_message_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_macro_uses_conversation_id")
        ),
        sa.PrimaryKeyConstraint("message_id", "macro_id", name=op.f("pk_macro_uses")),
    )  # fmt: skip
    op.create_index("ix_macro_uses_conversation", "macro_uses", ["conversation_id"], unique=False)
    op.create_table(
        "mentions",
        _text("id"), _text("staff_id"), _text("conversation_id"), _text("kind"), _text("by"), _text("by_name"),
        _text("text"), _time("at"), _time("seen_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_mentions_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
    )  # fmt: skip
    op.create_index("ix_mentions_staff", "mentions", ["staff_id", "seen_at"], unique=False)
    op.create_index("ix_mentions_conversation", "mentions", ["conversation_id"], unique=False)
    for statement in statements(op.get_context().dialect.name, ("macro_versions",)):
        op.execute(statement)


def downgrade() -> None:
    for table in ("mentions", "macro_uses", "macro_versions", "macros"):
        op.drop_table(table)

"""seats, offers and handovers: who is offered what, and the note that goes with it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.kit import database as kit

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _seats()
    _offers()
    _handovers()


def _seats() -> None:
    op.create_table(
        "seats",
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("skills", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("taking", sa.Boolean(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("here_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("offered_at", kit.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_seats")),
    )


def _offers() -> None:
    op.create_table(
        "offers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder_version", sa.Integer(), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.Column("until", kit.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.Column("open_key", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_offers_conversation_id")
        ),
        sa.UniqueConstraint("open_key", name=op.f("uq_offers_open_key")),
    )
    op.create_index("ix_offers_conversation", "offers", ["conversation_id"], unique=False)
    op.create_index("ix_offers_staff", "offers", ["staff_id", "open_key"], unique=False)


def _handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("to", sa.String(), nullable=True),
        sa.Column("to_name", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_handovers_conversation_id")
        ),
    )
    op.create_index("ix_handovers_conversation", "handovers", ["conversation_id", "at"], unique=False)

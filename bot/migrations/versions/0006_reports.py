"""digests, and the indexes by time that reports read along"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.kit import database as kit

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "digests",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("since", kit.Moment(timezone=True), nullable=False),
        sa.Column("until", kit.Moment(timezone=True), nullable=False),
        sa.Column("made_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("s0", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("sent_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("until", name=op.f("uq_digests_until")),
    )
    op.create_index("ix_digests_open", "digests", ["acknowledged_at", "until"], unique=False)
    op.create_index("ix_cases_opened", "cases", ["opened_at"], unique=False)
    op.create_index("ix_timeline_act", "timeline", ["act", "at"], unique=False)
    op.create_index("ix_listening_at", "listening", ["at"], unique=False)
    op.create_index("ix_conversations_created", "conversations", ["created_at"], unique=False)

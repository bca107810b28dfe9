"""sessions: which language first told where the reporter is, and how far a Rasa client has been told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversations", sa.Column("first_locale", sa.String(), nullable=True))
    # Of a conversation that is older than this column nobody knows more than the language it is spoken in.
    op.execute("UPDATE conversations SET first_locale = locale")
    op.add_column(
        "chat_sessions", sa.Column("delivered_seq", sa.Integer(), nullable=False, server_default="0")
    )
    # What was said before is not said again to every client that comes back after the upgrade.
    op.execute(
        "UPDATE chat_sessions SET delivered_seq = (SELECT next_seq - 1 FROM conversations "
        "WHERE conversations.id = chat_sessions.conversation_id)"
    )

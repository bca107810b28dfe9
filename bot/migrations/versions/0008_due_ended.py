"""how and when each due row ended: whether a clock rang in time can be read back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.kit import database as kit

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What ended before this column existed keeps no time: nobody can say any more whether it rang.
    op.add_column("due", sa.Column("fired", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("due", sa.Column("ended_at", kit.Moment(timezone=True), nullable=True))

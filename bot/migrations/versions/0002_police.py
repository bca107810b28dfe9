"""police requests, their verification and their releases"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from bot.kit import database as kit
from bot.migrations.append_only import statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kit.Moment(timezone=True), nullable=nullable)


def _names(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=False)


def upgrade() -> None:
    _requests()
    op.create_table(
        "police_clues",
        _text("request_id"), _text("clue"),
        sa.PrimaryKeyConstraint("request_id", "clue", name=op.f("pk_police_clues")),
        sa.ForeignKeyConstraint(["request_id"], ["police_requests.id"], name=op.f("fk_police_clues_request_id")),
    )  # fmt: skip
    op.create_index("ix_police_clues_clue", "police_clues", ["clue"], unique=False)
    op.create_table(
        "police_checks",
        _text("id"), _text("request_id"), _text("staff_id"), _text("name"), _time("at"), _text("number"),
        sa.Column("listed", sa.Boolean(), nullable=False), _text("outcome"), _text("sealed"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_police_checks")),
        sa.ForeignKeyConstraint(["request_id"], ["police_requests.id"], name=op.f("fk_police_checks_request_id")),
    )  # fmt: skip
    op.create_index("ix_police_checks_request", "police_checks", ["request_id", "at"], unique=False)
    _releases()
    for statement in statements(op.get_context().dialect.name, ("police_checks",)):
        op.execute(statement)


def _requests() -> None:
    op.create_table(
        "police_requests",
        _text("id"), _text("reference"), _text("case_id"), _text("conversation_id"),
        sa.Column("number", sa.Integer(), nullable=False), _text("channel"), _text("client_key", nullable=True),
        _text("address_key", nullable=True), _text("city"), _names("needs"),
        sa.Column("danger", sa.Boolean(), nullable=False), _text("sealed"), _text("state"), _time("filed_at"),
        _time("due_at"), _time("warned_at", nullable=True), _time("breached_at", nullable=True),
        _time("verified_at", nullable=True), _text("verified_by", nullable=True),
        sa.Column("listed_check", sa.Boolean(), nullable=True), _time("refusal_asked_at", nullable=True),
        _time("answered_at", nullable=True), _text("answered_by", nullable=True), _text("refusal", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_police_requests")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_police_requests_case_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_police_requests_conversation_id")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_police_requests_reference")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_police_requests_conversation_id")),
        sa.UniqueConstraint("client_key", name=op.f("uq_police_requests_client_key")),
    )  # fmt: skip
    op.create_index("ix_police_requests_case", "police_requests", ["case_id"], unique=False)
    op.create_index("ix_police_requests_state", "police_requests", ["state", "filed_at"], unique=False)
    op.create_index(
        "ix_police_requests_address", "police_requests", ["address_key", "filed_at"], unique=False
    )


def _releases() -> None:
    op.create_table(
        "police_releases",
        _text("id"), _text("request_id"), _text("state"), sa.Column("emergency", sa.Boolean(), nullable=False),
        _names("sections"), _text("proposed_by"), _text("proposed_name"), _time("proposed_at"),
        _text("released_by", nullable=True), _text("released_name", nullable=True), _time("released_at", nullable=True),
        _text("sealed"), _text("sha256", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_police_releases")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["police_requests.id"], name=op.f("fk_police_releases_request_id")
        ),
    )  # fmt: skip
    op.create_index(
        "ix_police_releases_request", "police_releases", ["request_id", "proposed_at"], unique=False
    )
    op.create_table(
        "police_links",
        _text("id"), _text("release_id"), _text("format"), _text("secret_hash"), _text("made_by"), _time("made_at"),
        _time("expires_at"), _time("used_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_police_links")),
        sa.ForeignKeyConstraint(["release_id"], ["police_releases.id"], name=op.f("fk_police_links_release_id")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_police_links_secret_hash")),
    )  # fmt: skip
    op.create_index("ix_police_links_release", "police_links", ["release_id"], unique=False)

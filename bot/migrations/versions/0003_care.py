"""care cases, department tasks, evidence holds, erasures, reviews of dispatch holds"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.kit import database as kit

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "care_cases",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("victim_conversation_id", sa.String(), nullable=True),
        sa.Column("opened_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("ended_at", kit.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_care_cases_case_id")),
        sa.ForeignKeyConstraint(
            ["victim_conversation_id"],
            ["conversations.id"],
            name=op.f("fk_care_cases_victim_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_cases")),
        sa.UniqueConstraint("case_id", name=op.f("uq_care_cases_case_id")),
    )
    op.create_index("ix_care_cases_state", "care_cases", ["state"], unique=False)
    op.create_index("ix_care_cases_victim", "care_cases", ["victim_conversation_id"], unique=False)

    op.create_table(
        "care_tasks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("care_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("day", sa.Double(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("offered_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("done_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(), nullable=True),
        sa.Column("done_name", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["care_id"], ["care_cases.id"], name=op.f("fk_care_tasks_care_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_care_tasks")),
        sa.UniqueConstraint("care_id", "kind", "day", name=op.f("uq_care_tasks_care_id_kind_day")),
    )
    op.create_index("ix_care_tasks_state", "care_tasks", ["state", "due_at"], unique=False)

    op.create_table(
        "department_tasks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=True),
        sa.Column("owner_name", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_name", sa.String(), nullable=False),
        sa.Column("made_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("due_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("done_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("done_name", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_department_tasks_case_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_department_tasks_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_tasks")),
    )
    op.create_index("ix_department_tasks_conversation", "department_tasks", ["conversation_id"], unique=False)
    op.create_index("ix_department_tasks_state", "department_tasks", ["state", "due_at"], unique=False)

    op.create_table(
        "evidence_holds",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.String(), nullable=True),
        sa.Column("lifted_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.String(), nullable=True),
        sa.Column("open_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_evidence_holds_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_holds")),
        sa.UniqueConstraint("open_key", name=op.f("uq_evidence_holds_open_key")),
    )
    op.create_index("ix_evidence_holds_case", "evidence_holds", ["case_id"], unique=False)

    op.create_table(
        "erasures",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_name", sa.String(), nullable=False),
        sa.Column("asked_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("done_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("conversations", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_person", "erasures", ["person", "state"], unique=False)

    op.create_table(
        "hold_reviews",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("hold_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("driver_id", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.Column("told_at", kit.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_hold_reviews_case_id")),
        sa.ForeignKeyConstraint(["hold_id"], ["dispatch_holds.id"], name=op.f("fk_hold_reviews_hold_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold_reviews")),
    )
    op.create_index("ix_hold_reviews_driver", "hold_reviews", ["driver_id"], unique=False)
    op.create_index("ix_hold_reviews_hold", "hold_reviews", ["hold_id"], unique=False)


def downgrade() -> None:
    op.drop_table("hold_reviews")
    op.drop_table("erasures")
    op.drop_table("evidence_holds")
    op.drop_table("department_tasks")
    op.drop_table("care_tasks")
    op.drop_table("care_cases")

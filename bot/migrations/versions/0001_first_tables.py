"""first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.kit import database as kit
from bot.migrations.append_only import statements
from bot.migrations.tables import APPEND_ONLY

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_subject", ["subject_kind", "subject_id", "at"], unique=False)
        batch_op.create_index("ix_audit_who", ["who", "act", "at"], unique=False)

    op.create_table(
        "cases",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("base_grade", sa.String(), nullable=False),
        sa.Column("modifiers", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("conduct", sa.Boolean(), nullable=False),
        sa.Column("reporter_role", sa.String(), nullable=False),
        sa.Column("rider_id", sa.String(), nullable=True),
        sa.Column("driver_id", sa.String(), nullable=True),
        sa.Column("trip_id", sa.String(), nullable=True),
        sa.Column("plate", sa.String(), nullable=True),
        sa.Column("phone_hash", sa.String(), nullable=True),
        sa.Column("trip", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("opened_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("last_report_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("paged_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.String(), nullable=True),
        sa.Column("accepted_name", sa.String(), nullable=True),
        sa.Column("accepted_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("decided_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("resolved_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("resolution", sa.String(), nullable=True),
        sa.Column("closed_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("joined_into", sa.String(), nullable=True),
        sa.Column("emergency_call", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["joined_into"], ["cases.id"], name=op.f("fk_cases_joined_into")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("reference", name=op.f("uq_cases_reference")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index("ix_cases_driver", ["driver_id"], unique=False)
        batch_op.create_index("ix_cases_plate", ["plate"], unique=False)
        batch_op.create_index("ix_cases_rider", ["rider_id"], unique=False)
        batch_op.create_index("ix_cases_state", ["state", "grade"], unique=False)
        batch_op.create_index("ix_cases_trip", ["trip_id"], unique=False)

    op.create_table(
        "conversations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("created_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("identity", sa.String(), nullable=False),
        sa.Column("rider_id", sa.String(), nullable=True),
        sa.Column("driver_id", sa.String(), nullable=True),
        sa.Column("trip_id", sa.String(), nullable=True),
        sa.Column("trip_live", sa.Boolean(), nullable=False),
        sa.Column("person_name", sa.String(), nullable=True),
        sa.Column("callback_phone", sa.String(), nullable=True),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("holder_staff_id", sa.String(), nullable=True),
        sa.Column("holder_name", sa.String(), nullable=True),
        sa.Column("holder_since", kit.Moment(timezone=True), nullable=False),
        sa.Column("holder_version", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("watched_since", kit.Moment(timezone=True), nullable=True),
        sa.Column("watch_reason", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("location", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.Column("reporter_seen_seq", sa.Integer(), nullable=False),
        sa.Column("staff_seen_seq", sa.Integer(), nullable=False),
        sa.Column("last_reporter_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("last_staff_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("not_understood", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.create_index("ix_conversations_holder", ["holder", "grade"], unique=False)
        batch_op.create_index("ix_conversations_rider", ["rider_id"], unique=False)
        batch_op.create_index("ix_conversations_trip", ["trip_id"], unique=False)

    op.create_table(
        "due",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("due", kit.Moment(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("open_key", sa.String(), nullable=True),
        sa.Column("set_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due")),
        sa.UniqueConstraint("open_key", name=op.f("uq_due_open_key")),
    )
    with op.batch_alter_table("due", schema=None) as batch_op:
        batch_op.create_index("ix_due_open", ["done", "due"], unique=False)
        batch_op.create_index("ix_due_subject", ["subject"], unique=False)

    op.create_table(
        "internal_answers",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_internal_answers")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due", kit.Moment(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("set_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("done_at", kit.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_outbox_kind_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_waiting", ["state", "due"], unique=False)

    op.create_table(
        "paged_subjects",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("headline", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("last_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("widen", sa.Boolean(), nullable=False),
        sa.Column("everyone", sa.Boolean(), nullable=False),
        sa.Column("stopped_at", kit.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_paged_subjects")),
    )
    op.create_table(
        "pager_beats",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("tried_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("ok_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("failed_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("dead", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_pager_beats")),
    )
    op.create_table(
        "pages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("expires_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("ways", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("given_up", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("made_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("sent_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("acknowledged_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("acknowledged_name", sa.String(), nullable=True),
        sa.Column("acknowledged_in", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pages")),
        sa.UniqueConstraint(
            "subject", "round", "step", "person", name=op.f("uq_pages_subject_round_step_person")
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_pages_token_hash")),
    )
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.create_index("ix_pages_subject", ["subject", "person"], unique=False)

    op.create_table(
        "person_keys",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("wrapped", sa.String(), nullable=True),
        sa.Column("made_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("destroyed_at", kit.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_person_keys")),
    )
    op.create_table(
        "personal_channels",
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("set_at", kit.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "place", name=op.f("pk_personal_channels")),
    )
    op.create_table(
        "platform_events",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.Column("taken_at", kit.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_events")),
    )
    op.create_table(
        "rota_changes",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_rota_changes")),
    )
    op.create_table(
        "rota_overrides",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("starts", kit.Moment(timezone=True), nullable=False),
        sa.Column("ends", kit.Moment(timezone=True), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=True),
        sa.Column("replaces_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", kit.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_overrides")),
    )
    with op.batch_alter_table("rota_overrides", schema=None) as batch_op:
        batch_op.create_index("ix_rota_overrides_team", ["team", "ends"], unique=False)

    op.create_table(
        "rota_shifts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("days", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_shifts")),
    )
    with op.batch_alter_table("rota_shifts", schema=None) as batch_op:
        batch_op.create_index("ix_rota_shifts_team", ["team"], unique=False)

    op.create_table(
        "sign_in_counters",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("since", kit.Moment(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_counters")),
    )
    with op.batch_alter_table("sign_in_counters", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_counters_since", ["since"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("in_house", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("languages", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("presence", sa.String(), nullable=False),
        sa.Column("last_seen_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("created_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("disabled_at", kit.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "timeline",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("conversation_id", sa.String(), nullable=True),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
        sa.UniqueConstraint("key", name=op.f("uq_timeline_key")),
    )
    with op.batch_alter_table("timeline", schema=None) as batch_op:
        batch_op.create_index("ix_timeline_case", ["case_id", "id"], unique=False)
        batch_op.create_index("ix_timeline_conversation", ["conversation_id", "id"], unique=False)

    op.create_table(
        "assignments",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("since", kit.Moment(timezone=True), nullable=False),
        sa.Column("until", kit.Moment(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(), nullable=True),
        sa.Column("waited_s", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_assignments_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index("ix_assignments_conversation", ["conversation_id"], unique=False)
        batch_op.create_index("ix_assignments_staff", ["staff_id"], unique=False)

    op.create_table(
        "case_conversations",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_conversations_case_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_case_conversations_conversation_id")
        ),
        sa.PrimaryKeyConstraint("case_id", "conversation_id", name=op.f("pk_case_conversations")),
    )
    with op.batch_alter_table("case_conversations", schema=None) as batch_op:
        batch_op.create_index("ix_case_conversations_conversation", ["conversation_id"], unique=False)

    op.create_table(
        "case_links",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("other_id", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_links_case_id")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_case_links_other_id")),
        sa.PrimaryKeyConstraint("case_id", "other_id", name=op.f("pk_case_links")),
    )
    op.create_table(
        "chat_sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("door", sa.String(), nullable=False),
        sa.Column("session_hash", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("created_at", kit.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_chat_sessions_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_sessions")),
        sa.UniqueConstraint("session_hash", "door", name=op.f("uq_chat_sessions_session_hash_door")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_chat_sessions_token_hash")),
    )
    op.create_table(
        "check_ins",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("intent", sa.String(), nullable=True),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("asked_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_check_ins_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_ins")),
    )
    with op.batch_alter_table("check_ins", schema=None) as batch_op:
        batch_op.create_index("ix_check_ins_conversation", ["conversation_id"], unique=False)

    op.create_table(
        "dispatch_holds",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("driver_id", sa.String(), nullable=False),
        sa.Column("driver_name", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("held_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("released_by", sa.String(), nullable=True),
        sa.Column("released_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("release_reason", sa.String(), nullable=True),
        sa.Column("open_key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_dispatch_holds_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_holds")),
        sa.UniqueConstraint("open_key", name=op.f("uq_dispatch_holds_open_key")),
    )
    with op.batch_alter_table("dispatch_holds", schema=None) as batch_op:
        batch_op.create_index("ix_holds_driver", ["driver_id"], unique=False)

    op.create_table(
        "follow_ups",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("trip_id", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=True),
        sa.Column("essential", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("told", sa.String(), nullable=True),
        sa.Column("case_id", sa.String(), nullable=True),
        sa.Column("created_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("due_at", kit.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_follow_ups_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
        sa.UniqueConstraint(
            "conversation_id", "kind", "ref", name=op.f("uq_follow_ups_conversation_id_kind_ref")
        ),
    )
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.create_index("ix_follow_ups_ref", ["kind", "ref"], unique=False)

    op.create_table(
        "messages",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=True),
        sa.Column("author_name", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("payload", sa.String(), nullable=True),
        sa.Column("buttons", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("links", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("location", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "conversation_id",
            "author",
            "client_id",
            name=op.f("uq_messages_conversation_id_author_client_id"),
        ),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_messages_conversation_id_seq")),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_notes_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.create_index("ix_notes_conversation", ["conversation_id"], unique=False)

    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("secret_hash", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("created_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("revoked_at", kit.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_staff_sessions_secret_hash")),
    )
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_staff_sessions_staff", ["staff_id", "address_key"], unique=False)

    op.create_table(
        "listening",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("listener", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("intent", sa.String(), nullable=True),
        sa.Column("grade", sa.String(), nullable=True),
        sa.Column("because", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("entities", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("at", kit.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_listening_message_id")),
        sa.PrimaryKeyConstraint("message_id", "listener", name=op.f("pk_listening")),
    )
    with op.batch_alter_table("listening", schema=None) as batch_op:
        batch_op.create_index("ix_listening_conversation", ["conversation_id"], unique=False)

    op.create_table(
        "turns",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("talk", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", kit.Moment(timezone=True), nullable=True),
        sa.Column("hearing_until", kit.Moment(timezone=True), nullable=True),
        sa.Column("heard_at", kit.Moment(timezone=True), nullable=True),
        sa.Column("ask", sa.Boolean(), nullable=False),
        sa.Column("parse", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("own_version", sa.Integer(), nullable=True),
        sa.Column("receipt", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("created_at", kit.Moment(timezone=True), nullable=False),
        sa.Column("done_at", kit.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_turns_conversation_id")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_turns_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
        sa.UniqueConstraint("message_id", name=op.f("uq_turns_message_id")),
    )
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.create_index("ix_turns_pending", ["state", "conversation_id", "seq"], unique=False)

    for statement in statements(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(sa.text(statement))


def downgrade() -> None:
    with op.batch_alter_table("turns", schema=None) as batch_op:
        batch_op.drop_index("ix_turns_pending")

    op.drop_table("turns")
    with op.batch_alter_table("listening", schema=None) as batch_op:
        batch_op.drop_index("ix_listening_conversation")

    op.drop_table("listening")
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_staff_sessions_staff")

    op.drop_table("staff_sessions")
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.drop_index("ix_notes_conversation")

    op.drop_table("notes")
    op.drop_table("messages")
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.drop_index("ix_follow_ups_ref")

    op.drop_table("follow_ups")
    with op.batch_alter_table("dispatch_holds", schema=None) as batch_op:
        batch_op.drop_index("ix_holds_driver")

    op.drop_table("dispatch_holds")
    with op.batch_alter_table("check_ins", schema=None) as batch_op:
        batch_op.drop_index("ix_check_ins_conversation")

    op.drop_table("check_ins")
    op.drop_table("chat_sessions")
    op.drop_table("case_links")
    with op.batch_alter_table("case_conversations", schema=None) as batch_op:
        batch_op.drop_index("ix_case_conversations_conversation")

    op.drop_table("case_conversations")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index("ix_assignments_staff")
        batch_op.drop_index("ix_assignments_conversation")

    op.drop_table("assignments")
    with op.batch_alter_table("timeline", schema=None) as batch_op:
        batch_op.drop_index("ix_timeline_conversation")
        batch_op.drop_index("ix_timeline_case")

    op.drop_table("timeline")
    op.drop_table("staff")
    with op.batch_alter_table("sign_in_counters", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_counters_since")

    op.drop_table("sign_in_counters")
    with op.batch_alter_table("rota_shifts", schema=None) as batch_op:
        batch_op.drop_index("ix_rota_shifts_team")

    op.drop_table("rota_shifts")
    with op.batch_alter_table("rota_overrides", schema=None) as batch_op:
        batch_op.drop_index("ix_rota_overrides_team")

    op.drop_table("rota_overrides")
    op.drop_table("rota_changes")
    op.drop_table("platform_events")
    op.drop_table("personal_channels")
    op.drop_table("person_keys")
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.drop_index("ix_pages_subject")

    op.drop_table("pages")
    op.drop_table("pager_beats")
    op.drop_table("paged_subjects")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_waiting")

    op.drop_table("outbox")
    op.drop_table("internal_answers")
    with op.batch_alter_table("due", schema=None) as batch_op:
        batch_op.drop_index("ix_due_subject")
        batch_op.drop_index("ix_due_open")

    op.drop_table("due")
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_index("ix_conversations_trip")
        batch_op.drop_index("ix_conversations_rider")
        batch_op.drop_index("ix_conversations_holder")

    op.drop_table("conversations")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("ix_cases_trip")
        batch_op.drop_index("ix_cases_state")
        batch_op.drop_index("ix_cases_rider")
        batch_op.drop_index("ix_cases_plate")
        batch_op.drop_index("ix_cases_driver")

    op.drop_table("cases")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_who")
        batch_op.drop_index("ix_audit_subject")

    op.drop_table("audit")

"""Triggers that make a table append-only, on both databases."""

from __future__ import annotations

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
_PG_FUNCTION = """
CREATE OR REPLACE FUNCTION vigil_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql
"""
_PG_ROWS = "CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON {table} FOR EACH ROW EXECUTE FUNCTION vigil_append_only()"
_PG_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION vigil_append_only()
"""


def statements(dialect: str, tables: tuple[str, ...]) -> list[str]:
    """The SQL that forbids UPDATE, DELETE (and TRUNCATE where it exists) on `tables`; dialect: sqlite or postgresql."""
    made = [] if dialect == "sqlite" else [_PG_FUNCTION]
    for table in tables:
        for verb in ("update", "delete"):
            template = _SQLITE if dialect == "sqlite" else _PG_ROWS
            made.append(template.format(table=table, verb=verb, VERB=verb.upper()))
        if dialect != "sqlite":
            made.append(_PG_TRUNCATE.format(table=table))
    return made

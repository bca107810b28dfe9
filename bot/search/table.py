"""What was found as a table for spreadsheets, in the reader's language."""

from __future__ import annotations

import csv
import io

from bot.kit.locale import say
from bot.search.schemas import Found, Results

# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection); full-width signs are read as half-width ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_COLUMNS = ("reference", "grade", "state", "matter", "plate", "phone", "person", "holder", "found_in", "excerpt",
            "opened_at", "last_at", "conversation")  # fmt: skip


def harmless(cell: str | None) -> str:
    """The text, with an apostrophe before it where a spreadsheet would calculate."""
    text = cell or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_csv(found: Results, locale: str) -> str:
    """CSV after RFC 4180 with a byte order mark, which spreadsheets need to read Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(harmless(say(f"search.column.{name}", locale)) for name in _COLUMNS)
    for row in found.rows:
        writer.writerow(harmless(cell) for cell in _cells(row, locale))
    return "\ufeff" + out.getvalue()


def _cells(row: Found, locale: str) -> tuple[str | None, ...]:
    why = say("comma", locale).join(say(f"search.found_in.{one}", locale) for one in row.found_in)
    return (
        row.reference, row.grade, say(f"search.state.{row.state}", locale), row.intent_label, row.plate, row.phone,
        row.person, row.holder_name, why, row.excerpt, row.opened_at, row.last_at, row.conversation_id,
    )  # fmt: skip

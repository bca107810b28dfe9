"""The report as a table for spreadsheets: one fact a row, in the reader's language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from bot.kit.locale import say
from bot.reports.schemas import Report, Times

_NUMBER = (int, float)
Cell = str | int | float | None


def as_csv(found: Report, locale: str) -> str:
    """CSV after RFC 4180 with a byte order mark, which spreadsheets need to read Chinese. A text that a spreadsheet would
    take for a formula is quoted with an apostrophe (OWASP, CSV injection)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        say(f"report.column.{name}", locale) for name in ("section", "subject", "figure", "value", "unit")
    )
    for section, *cells in _rows(found, locale):
        writer.writerow([_harmless(say(f"report.section.{section}", locale)), *map(_harmless, cells)])
    return "\ufeff" + out.getvalue()


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return round(cell, 4) if isinstance(cell, float) else cell


def _rows(found: Report, locale: str) -> Iterator[tuple[str, Cell, Cell, Cell, Cell]]:
    def word(name: str) -> str:
        return say(f"report.figure.{name}", locale)

    yield "period", found.zone, word("from"), found.from_, None
    yield "period", found.zone, word("to"), found.to, None
    for one in found.grades:
        yield from _times("accept", one.grade, one.accept, locale)
        yield from _times("decide", one.grade, one.decide, locale)
    for broken in found.breaches:
        who = broken.name or ", ".join(broken.paged) or None
        yield "breaches", f"{broken.grade} {broken.reference or ''}".strip(), broken.label, who, broken.since
    for again in found.repeats:
        yield "repeats", f"{again.grade} {again.reference}", again.label, again.reports, None
    for driver in found.drivers:
        yield "drivers", driver.driver_name or driver.driver_id, driver.reference, driver.since, None
    for name, count in found.promises.model_dump().items():
        yield "promises", None, word(name), count, None
    for gone in found.gave_up:
        yield (
            "gave_up",
            f"{gone.grade} {gone.reference or gone.conversation_id}",
            gone.label,
            gone.waited_s,
            "s",
        )
    for topic in found.topics:
        yield (
            "defects" if topic.defect else "topics",
            topic.label,
            word("conversations"),
            topic.conversations,
            None,
        )
    for name, value in found.contacts.model_dump().items():
        yield "contacts", None, word(name), value, None
    if found.satisfaction is not None:
        for name, value in found.satisfaction.model_dump().items():
            yield "satisfaction", None, word(name), value, None
    labels = {topic.intent: topic.label for topic in found.topics}
    for day in found.days:
        for intent, count in day.topics.items():
            yield "days", day.date, labels.get(intent, intent), count, None


def _times(
    section: str, grade: str, times: Times, locale: str
) -> Iterator[tuple[str, Cell, Cell, Cell, Cell]]:
    yield section, grade, say("report.figure.count", locale), times.count, None
    for name in ("p50", "p90", "p95", "p99", "max"):
        yield section, grade, name, getattr(times, f"{name}_s"), "s"
    for standard in times.standards:
        asked = say("report.standard", locale, percent=standard.percent, limit=f"{standard.limit_s:g}")
        met = "none" if standard.met is None else "met" if standard.met else "missed"
        yield section, grade, asked, say(f"report.{met}", locale), None

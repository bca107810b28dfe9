"""The report as a table for spreadsheets: one fact a row, in the reader's language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from bot.kit.locale import say
from bot.reports.schemas import Breach, Report, Times

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
    yield "breaches", None, word("count"), len(found.breaches) + found.hidden_breaches, None
    if found.hidden_breaches:
        yield "breaches", None, word("not_listed"), found.hidden_breaches, None
    for broken in found.breaches:
        yield from _breach(broken, locale)
    for again in found.repeats:
        yield "repeats", f"{again.grade} {again.reference}", again.label, again.reports, None
    for driver in found.drivers:
        who = driver.driver_name or driver.driver_id
        yield "drivers", who, driver.reference, driver.since, None
        if driver.state != "held":
            yield "drivers", who, driver.reference, word("not_stopped"), None
        if driver.overdue:
            yield "drivers", who, driver.reference, word("review_overdue"), None
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
        yield "days", day.date, word("breaches"), day.breaches, None
        yield "days", day.date, word("conversations"), day.conversations, None
        for intent, count in day.topics.items():
            yield "days", day.date, labels.get(intent, intent), count, None


def _breach(broken: Breach, locale: str) -> Iterator[tuple[str, Cell, Cell, Cell, Cell]]:
    """Who had it, or who was called where nobody had; and how long it took or has taken so far."""
    subject = f"{broken.grade} {broken.reference or ''}".strip()
    nobody = (
        say("digest.called", locale, names=", ".join(broken.paged))
        if broken.paged
        else say("digest.nobody", locale)
    )
    yield "breaches", subject, broken.label, broken.name or nobody, broken.at
    if broken.seconds is not None:
        figure = say(f"report.figure.{'took_so_far' if broken.open else 'took'}", locale)
        yield "breaches", subject, figure, broken.seconds, "s"


def _times(
    section: str, grade: str, times: Times, locale: str
) -> Iterator[tuple[str, Cell, Cell, Cell, Cell]]:
    yield section, grade, say("report.figure.count", locale), times.count, None
    yield section, grade, say("report.figure.waiting", locale), times.waiting, None
    for name in ("p50", "p90", "p95", "p99", "max"):
        yield section, grade, name, getattr(times, f"{name}_s"), "s"
    for standard in times.standards:
        asked = say("report.standard", locale, percent=standard.percent, limit=f"{standard.limit_s:g}")
        met = "none" if standard.met is None else "met" if standard.met else "missed"
        yield section, grade, asked, say(f"report.{met}", locale), None

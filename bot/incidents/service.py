"""Cases, as the other features use them. An incident is a case of S0-S2."""

from __future__ import annotations

from bot.incidents.ending import UNRESTRICT, close, on_closing, on_reopened, on_resolved, reopen, resolve
from bot.incidents.life import (
    accept,
    acted,
    close_joined,
    decided,
    derive_grade,
    insist,
    lapse,
    link,
    locked,
    lower_to,
    on_reaching_safety,
    page,
    raise_to,
    report_again,
)
from bot.incidents.raising import raise_by_person
from bot.incidents.reporting import LOCATE, Report, Reported, report

__all__ = [
    "LOCATE", "UNRESTRICT", "Report", "Reported", "accept", "acted", "close", "close_joined", "decided",
    "derive_grade", "insist", "lapse", "link", "locked", "lower_to", "on_closing", "on_reaching_safety",
    "on_reopened", "on_resolved", "page", "raise_by_person", "raise_to", "reopen", "report", "report_again", "resolve",
]  # fmt: skip

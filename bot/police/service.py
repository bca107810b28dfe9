"""Police who ask, as the other features use it."""

from __future__ import annotations

from bot.police.checking import change_facts, check, in_danger
from bot.police.filing import Filed, bind, file
from bot.police.links import mint, use_link
from bot.police.releasing import refuse, release, withdraw
from bot.police.tasks import TripFinder
from bot.police.views import for_officer, for_staff, of_cases, rows

__all__ = [
    "Filed", "TripFinder", "bind", "change_facts", "check", "file", "for_officer", "for_staff", "in_danger", "mint", "of_cases",
    "refuse", "release", "rows", "use_link", "withdraw",
]  # fmt: skip

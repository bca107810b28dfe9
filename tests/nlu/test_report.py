"""The written report: both listeners together, odd input, reviews, and the figures of every intent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.nlu.footprint import Footprint
from bot.nlu.metrics import Heard, report, share, together
from bot.nlu.report import write

MISSED = Heard(
    "he has | turned off\nthe map",
    True,
    "route_deviation",
    "S1",
    "safety",
    "en",
    "app_problem",
    "routine",
    0.1,
    8.0,
)
CALM = Heard("where is he", False, "driver_late", None, "routine", "en", "driver_late", "routine", 0.02, 6.0)
ASKED = replace(CALM, text="要命了还不来", kind="hard_negative", language="zh", decision="checkin")
HEARD = [MISSED, CALM, ASKED]


def test_the_graver_decision_counts() -> None:
    verdicts = [{"decision": one} for one in ("handover", "routine", "routine")]
    assert [one.decision for one in together(HEARD, verdicts)] == ["handover", "routine", "checkin"]
    assert report(HEARD)["all"]["danger_flagged"]["hits"] == 0
    assert report(together(HEARD, verdicts))["all"]["danger_flagged"]["hits"] == 1


def test_a_verdict_for_every_message_is_required() -> None:
    with pytest.raises(ValueError):
        together(HEARD, [{"decision": "handover"}])


def test_the_page_says_all_of_it(tmp_path: Path) -> None:
    result: dict[str, Any] = {
        **report(HEARD),
        "model": {"name": "vigil-x.tar.gz", "megabytes": 30.1, "thresholds": {"en": [0.5, 0.2]}},
        "union": report(together(HEARD, [{"decision": "handover"}] * 3)),
        "served": Footprint(ready_s=7.5, memory_mb=360, messages=200),
        "odd": [{"input": "empty", "decision": "routine", "milliseconds": 1.5}],
        "reviews": share(HEARD, lambda one: one.decision == "handover"),
    }
    page = write(result, HEARD, tmp_path).read_text(encoding="utf-8")
    assert "| en | 0.500 | 0.200 |" in page
    assert "he has \\| turned off the map" in page  # a bar or a line break would break the table
    assert "| empty | routine | 1.5 ms | 0.2 |" in page
    assert "| served: ready after | 7.5 s |" in page and "360 MB after 200 messages" in page
    assert "one-star reviews" in page and "0 of 3" in page
    assert page.index("together, as the desk hears") < page.index("The model alone")
    assert {file.name for file in tmp_path.iterdir()} == {"nlu.md", "nlu_confusion.png", "nlu_safety.png"}

"""From a timeline to waits, and nearest-rank percentiles against figures worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import Grade
from bot.reports.waits import Entry, Wait, limit_of, longest_limit, percentile, targets, waits_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def entry(seconds: float, act: str, who: str = "staff:ann", **grades: Grade) -> Entry:
    return Entry(at(seconds), act, who, **grades)


def walked(grade_now: Grade, *entries: Entry) -> list[Wait]:
    return waits_of("case", entries, grade_now)


class TestPercentile:
    def test_nearest_rank_of_ten_values(self) -> None:
        values = [3.0, 1.0, 2.0, 5.0, 4.0, 10.0, 9.0, 8.0, 7.0, 6.0]
        assert [percentile(values, p) for p in (50, 90, 95, 99, 100)] == [5.0, 9.0, 10.0, 10.0, 10.0]

    def test_nearest_rank_of_five_values_as_in_the_textbook(self) -> None:
        # 15, 20, 35, 40, 50: the 5th is 15, the 30th 20, the 40th 20, the 50th 35, the 100th 50.
        values = [15.0, 20.0, 35.0, 40.0, 50.0]
        assert [percentile(values, p) for p in (5, 30, 40, 50, 100)] == [15.0, 20.0, 20.0, 35.0, 50.0]

    def test_nothing_has_no_percentile(self) -> None:
        assert percentile([], 90) is None

    @given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
    def test_enough_values_lie_at_or_below_and_it_is_one_of_them(
        self, values: list[float], percent: int
    ) -> None:
        found = percentile(values, percent)
        assert found in values
        assert sum(one <= (found or 0) for one in values) * 100 >= percent * len(values)
        below = [one for one in values if one < (found or 0)]
        assert len(below) * 100 < percent * len(values)


class TestWaits:
    def test_an_s0_is_decided_by_the_call_and_not_by_a_reply(self) -> None:
        (wait,) = walked(
            "S0", entry(0, "opened", "software:sentinel"), entry(12, "accepted"), entry(20, "replied"),
            entry(55, "police_informed"), entry(900, "resolved"),
        )  # fmt: skip
        assert (wait.accept_s(at(9999)), wait.decide_s(at(9999)), wait.by) == (12.0, 55.0, "ann")

    def test_an_s1_is_decided_by_the_first_decision_and_not_by_a_word(self) -> None:
        (wait,) = walked(
            "S1", entry(0, "opened", "software:nlu"), entry(40, "accepted"), entry(50, "replied"), entry(70, "planned")
        )  # fmt: skip
        assert wait.decide_s(at(9999)) == 70.0

    def test_a_case_raised_after_acceptance_and_lapsed_waits_again_under_the_graver_grade(self) -> None:
        first, second = walked(
            "S1", entry(0, "opened", "software:nlu"), entry(60, "accepted"), entry(65, "replied"),
            entry(1800, "raised", "software:nlu", before="S2", after="S1"),
            entry(1800, "acceptance_lapsed", "software:nlu"), entry(2200, "accepted", "staff:bob"),
        )  # fmt: skip
        assert (first.grade, first.accept_s(at(9999))) == ("S2", 60.0)
        assert (second.grade, second.accept_s(at(9999)), second.by, second.accept_owed) == (
            "S1",
            400.0,
            "bob",
            True,
        )

    def test_a_case_raised_while_nobody_has_it_starts_the_graver_clock_then(self) -> None:
        first, second = walked(
            "S0", entry(0, "opened", "software:nlu"), entry(300, "raised", "software:button", before="S2", after="S0"),
            entry(310, "accepted"),
        )  # fmt: skip
        assert (first.grade, first.accept_overtaken) == ("S2", True)
        assert (second.grade, second.accept_s(at(9999))) == ("S0", 10.0)

    def test_a_case_raised_while_held_owes_a_decision_and_no_acceptance(self) -> None:
        first, second = walked(
            "S0", entry(0, "opened", "software:nlu"), entry(30, "accepted"), entry(40, "planned"),
            entry(100, "raised", "staff:ann", before="S1", after="S0"), entry(130, "emergency_declined"),
        )  # fmt: skip
        assert (first.grade, first.decide_s(at(9999))) == ("S1", 40.0)
        assert (second.grade, second.accept_owed, second.decide_s(at(9999))) == ("S0", False, 30.0)

    def test_the_order_of_entries_of_one_moment_does_not_matter(self) -> None:
        entries = [
            entry(0, "opened", "software:nlu"), entry(60, "accepted"),
            entry(90, "acceptance_lapsed", "software:nlu"),
            entry(90, "raised", "software:nlu", before="S2", after="S1"),
        ]  # fmt: skip
        assert walked("S1", *entries) == walked("S1", *reversed(entries))

    def test_lowering_an_s0_decides_it_and_keeps_the_grade_it_waited_under(self) -> None:
        (wait,) = walked(
            "S3",
            entry(0, "opened", "software:nlu"),
            entry(5, "accepted"),
            entry(50, "lowered", before="S0", after="S3"),
        )
        assert (wait.grade, wait.decide_s(at(9999))) == ("S0", 50.0)

    def test_lowered_by_somebody_who_has_not_accepted_it_waits_on_under_the_milder_grade(self) -> None:
        first, second = walked(
            "S2", entry(0, "opened", "software:nlu"), entry(20, "lowered", before="S0", after="S2"),
            entry(2400, "accepted", "staff:bob"),
        )  # fmt: skip
        assert (first.grade, first.accept_s(at(9999)), first.by) == ("S0", 20.0, "ann")
        assert (second.grade, second.accept_s(at(9999)), second.by) == ("S2", 2380.0, "bob")

    def test_what_is_joined_into_another_waits_until_then_and_no_longer(self) -> None:
        (wait,) = walked(
            "S0", entry(0, "opened", "software:nlu"), entry(200, "joined_into", "software:joining")
        )
        assert (wait.accept_s(at(9999)), wait.accept_overtaken, wait.lasts) == (200.0, True, False)

    def test_who_had_it_when_it_was_raised_owes_the_new_decision(self) -> None:
        _, second = walked(
            "S0", entry(0, "opened", "software:nlu"), entry(30, "accepted"),
            entry(100, "raised", "software:nlu", before="S1", after="S0"),
        )  # fmt: skip
        assert (second.by, second.decide_s(at(400))) == ("ann", 300.0)

    @pytest.mark.parametrize(
        "act", ["replied", "noted", "protocol_step", "department_asked", "trip_attached"]
    )
    def test_a_word_a_note_and_a_tick_decide_nothing(self, act: str) -> None:
        (wait,) = walked("S1", entry(0, "opened", "software:nlu"), entry(30, "accepted"), entry(40, act))
        assert wait.decided is None

    def test_an_erased_change_of_grade_falls_back_on_the_grade_of_today(self) -> None:
        waits = walked(
            "S1",
            entry(0, "opened", "software:nlu"),
            entry(30, "raised", "software:nlu"),
            entry(40, "accepted"),
        )
        assert [(one.grade, one.accept_s(at(9999))) for one in waits] == [("S1", 40.0)]

    def test_reopened_waits_anew(self) -> None:
        first, second = walked(
            "S1", entry(0, "opened", "software:nlu"), entry(10, "accepted"), entry(20, "resolved"),
            entry(500, "reopened", "reporter"),
        )  # fmt: skip
        assert first.decide_s(at(9999)) == 20.0
        assert second.waiting and second.accept_s(at(560)) == 60.0

    def test_resolving_without_accepting_is_taking_it(self) -> None:
        (wait,) = walked("S2", entry(0, "opened", "software:nlu"), entry(700, "resolved"))
        assert (wait.accept_s(at(9999)), wait.by, wait.decide_s(at(9999))) == (700.0, "ann", 700.0)


class TestTargets:
    @pytest.mark.parametrize(
        ("grade", "of", "expected"),
        [
            ("S0", "accept", [(90, 15), (95, 20), (99, 30)]), ("S0", "decide", [(90, 60)]),
            ("S1", "accept", [(90, 90), (100, 300)]), ("S3", "accept", [(80, 20)]),
        ],
    )  # fmt: skip
    def test_the_policys_clocks(self, grade: Grade, of: str, expected: list[tuple[int, float]]) -> None:
        assert [(one.percent, one.limit_s) for one in targets(grade, of)] == expected  # type: ignore[arg-type]

    def test_one_wait_breaks_the_loosest_of_them(self) -> None:
        assert (limit_of("S0", "accept"), limit_of("S1", "accept"), limit_of("S3", "accept")) == (
            30,
            300,
            None,
        )

    def test_how_far_back_a_breach_can_have_begun(self) -> None:
        assert longest_limit("S2") == timedelta(days=1)
        assert longest_limit("S3") == timedelta(days=10)

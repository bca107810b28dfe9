"""The table and the digest say what they leave out, and claim of no driver that they are stopped who may still drive."""

from __future__ import annotations

from bot.reports.figures import by_grade
from bot.reports.schemas import Breach, Contacts, Day, HeldDriver, Promises, Report
from bot.reports.table import as_csv
from bot.reports.words import _rest


def _breach(**changed: object) -> Breach:
    made = Breach(
        kind="accept", label="Accepted too late", intent="accident", grade="S0", reference="VG-1", case_id="k", at="-",
        conversation_id="c", name=None, paged=["Ann", "Bob"], since="-", seconds=45.0, limit_s=30.0, open=True,
    )  # fmt: skip
    return made.model_copy(update=changed)


def _driver(state: str) -> HeldDriver:
    return HeldDriver(
        driver_id="d", driver_name=f"Zhang ({state})", reference="VG-1", conversation_id=None, label="-", since="-",
        state=state, overdue=False,
    )  # fmt: skip


REPORT = Report(
    from_="2026-03-02", to="2026-03-02", zone="Asia/Shanghai", made_at="-", grades=by_grade([], []), breaches=[_breach()],
    hidden_breaches=7, repeats=[], drivers=[_driver("held"), _driver("failing")],
    promises=Promises(given=0, kept=0, broken=0, open=0), gave_up=[], topics=[],
    contacts=Contacts(began=0, ended=0, alone=0, alone_share=None, known=0, repeated=0, first_contact=None),
    satisfaction=None, days=[Day(date="2026-03-02", accept={}, breaches=8, conversations=3, topics={})],
)  # fmt: skip


class TestTable:
    def test_breaches_that_are_too_many_to_list_are_counted(self) -> None:
        table = as_csv(REPORT, "en")
        assert "Breaches,,count,8," in table and 'Breaches,,"too many to list, not listed",7,' in table
        assert "Volumes a day,2026-03-02,clocks that ran out,8," in table

    def test_who_was_called_is_not_said_to_have_had_it(self) -> None:
        assert "nobody; called: Ann, Bob" in as_csv(REPORT, "en")
        assert '"so far, still open",45.0,s' in as_csv(REPORT, "en")
        assert ",Ann," in as_csv(REPORT.model_copy(update={"breaches": [_breach(name="Ann")]}), "en")

    def test_a_driver_whom_the_platform_has_not_stopped_is_marked(self) -> None:
        rows = [row for row in as_csv(REPORT, "en").splitlines() if "not stopped yet" in row]
        assert len(rows) == 1 and "Zhang (failing)" in rows[0]


class TestDigest:
    def test_drivers_off_dispatch_are_those_whom_the_platform_has_stopped(self) -> None:
        lines = list(_rest(REPORT, "en"))
        assert "Drivers off dispatch: 1 (0 past their review)" in lines
        assert any("has not confirmed: 1" in line for line in lines)

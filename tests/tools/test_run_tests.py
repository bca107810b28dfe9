"""The closing line of `make test` counts what really happened."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg
import pytest
import redis

from tools import run_tests, services
from tools.places import DESK, ROOT
from tools.run_tests import Result, Suite, counted

TESTS = """
import pytest

def test_good(): pass

@pytest.mark.parametrize("n", [1, 2])
def test_bad(n): assert n == 0

@pytest.fixture
def broken(): raise OSError("gone")

def test_error(broken): pass

@pytest.mark.skip(reason="PostgreSQL does not answer")
def test_needless(): pass

@pytest.mark.skip(reason="only on Mondays")
def test_skipped(): pass
"""


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    file = tmp_path / "test_mixed.py"
    file.write_text(TESTS)
    return file


def test_failures_and_errors_are_failed_and_skips_are_neither(mixed: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    status = run_tests._pytest(DESK)(report, [str(mixed), "--rootdir", str(tmp_path)], {})
    found = counted(report, status)
    assert (found.passed, found.failed, found.skipped) == (1, 3, 2)
    assert len(found.needless) == 1 and "PostgreSQL does not answer" in found.needless[0]


@pytest.mark.parametrize("text", [None, "", "<testsuites><testcase"])
def test_a_run_without_a_whole_report_is_one_failure(tmp_path: Path, text: str | None) -> None:
    report = tmp_path / "report.xml"
    if text is not None:
        report.write_text(text)
    assert counted(report, 0) == Result(failed=1)


def test_a_run_that_fails_without_a_failed_test_is_one_failure(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testcase classname="a" name="b"/></testsuites>')
    assert counted(report, 3) == Result(passed=1, failed=1)
    assert counted(report, 0) == Result(passed=1)


def test_suites_are_summed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_tests, "REPORTS", tmp_path / "reports")

    def one_good(report: Path, chosen: Sequence[str], settings: Mapping[str, str]) -> int:
        report.write_text('<testsuites><testcase classname="a" name="b"/></testsuites>')
        return 0

    total = run_tests.run(
        [Suite("one", [ROOT / "tests"], one_good), Suite("two", [ROOT / "tests"], one_good)], {}
    )
    assert total == Result(passed=2)


def test_every_folder_of_tests_belongs_to_a_suite() -> None:
    listed = {folder for suite in run_tests.suites() for folder in suite.folders}
    with_tests = {
        path for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.rglob("test_*.py"))
    }
    assert with_tests <= listed


class TestServers:
    def test_own_servers_answer_and_are_gone_afterwards(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in (services.POSTGRES, services.REDIS):
            monkeypatch.delenv(name, raising=False)
        with services.running() as found:
            with psycopg.connect(found[services.POSTGRES], autocommit=True) as connection:
                connection.execute("CREATE DATABASE made_by_a_test")
            with redis.from_url(found[services.REDIS]) as store:
                assert store.ping()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(found[services.POSTGRES], connect_timeout=2)
        with redis.from_url(found[services.REDIS]) as store, pytest.raises(redis.ConnectionError):
            store.ping()

    def test_given_ones_are_used_as_they_are(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given = {services.POSTGRES: "postgresql://a.example/x", services.REDIS: "redis://a.example"}
        for name, value in given.items():
            monkeypatch.setitem(os.environ, name, value)
        with services.running() as found:
            assert found == given

"""Arithmetic with stored times inside the database, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Float, Integer, case, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from bot.kit.database import Moment

_DAY_S = 86400


class seconds_between(FunctionElement[float]):
    """`seconds_between(earlier, later)`: from one stored time to another, to the microsecond; NULL where either is."""

    type = Float()
    name = "seconds_between"
    inherit_cache = True


class whole_seconds_between(FunctionElement[int]):
    """`whole_seconds_between(earlier, later)`: the same without the fraction of a second, for an `earlier` that has none."""

    type = Integer()
    name = "whole_seconds_between"
    inherit_cache = True


def _both(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> tuple[str, str]:
    earlier, later = (compiler.process(one, **kw) for one in element.clauses)
    return earlier, later


@compiles(seconds_between, "postgresql")
def _postgresql(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = _both(element, compiler, **kw)
    return f"CAST(EXTRACT(epoch FROM ({later}) - ({earlier})) AS double precision)"


@compiles(whole_seconds_between, "postgresql")
def _whole_postgresql(element: whole_seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = _both(element, compiler, **kw)
    return f"CAST(FLOOR(EXTRACT(epoch FROM ({later}) - ({earlier}))) AS bigint)"


@compiles(seconds_between, "sqlite")
def _sqlite(element: seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    # Stored as `YYYY-MM-DD HH:MM:SS.ffffff`: its julianday() knows milliseconds only.
    earlier, later = _both(element, compiler, **kw)
    fraction = f"(CAST(substr({later}, 21) AS INTEGER) - CAST(substr({earlier}, 21) AS INTEGER)) / 1000000.0"
    return f"({_whole(earlier, later)} + {fraction})"


@compiles(whole_seconds_between, "sqlite")
def _whole_sqlite(element: whole_seconds_between, compiler: SQLCompiler, **kw: Any) -> str:
    return _whole(*_both(element, compiler, **kw))


def _whole(earlier: str, later: str) -> str:
    end, begin = (f"CAST(strftime('%s', substr({one}, 1, 19)) AS INTEGER)" for one in (later, earlier))
    return f"({end} - {begin})"


def place_among(column: Any, starts: Sequence[datetime]) -> ColumnElement[int]:
    """Which of consecutive local days a time at or after the first lies in, from 0. starts: their first instants, whole
    seconds, in order. A day of 23 or 25 hours, and the last, is a branch of its own; all others are counted off."""
    branches: list[tuple[ColumnElement[bool], Any]] = []
    run, last = 0, len(starts) - 1
    for day in range(last):
        if starts[day + 1] - starts[day] != timedelta(seconds=_DAY_S):
            branches += [
                (column < starts[day], _counted_off(column, starts, run)),
                (column < starts[day + 1], literal(day)),
            ]
            run = day + 1
    branches.append((column < starts[last], _counted_off(column, starts, run)))
    return case(*branches, else_=literal(last))


def _counted_off(column: Any, starts: Sequence[datetime], begin: int) -> Any:
    return whole_seconds_between(literal(starts[begin], Moment), column) // _DAY_S + begin

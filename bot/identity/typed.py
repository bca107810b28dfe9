"""Phones in what people type: digits with whatever they put between them. Dates, clock times, amounts, positions, plates and
order numbers are none. A pure function, the one place that knows what a typed phone looks like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_FEWEST, _MOST = 8, 15
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_NONE = re.compile(
    rf"(?<!\d){_YEAR}(?P<by>[-/.]){_MONTH}(?P=by){_DAY}(?!\d){_TIME}"
    rf"|(?<!\d){_DAY}(?P<of>[-/.]){_DAY}(?P=of){_YEAR}(?!\d)"
    r"|(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])"
    r"|(?<!\d)\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?!\d)"
    # A position, as two degrees or one, and an amount.
    r"|(?<![\d.])\d{1,2}\.\d{4,7}[,，\s]+-?\d{1,3}\.\d{4,7}(?![\d.])"
    r"|(?<![\d.])\d{1,3}\.\d{4,7}(?![-\s.]?\d)"
    r"|(?<![\d.])\d{1,7}\.\d{1,2}(?!\d|\.\d)"
)
# Every dash, every blank (a line's end and those that nobody sees too), dots, strokes and brackets.
_BETWEEN = r"[\s\u200b-\u200d\u2060\ufeff\-\u2010-\u2015\u2212－./／．_·・•()（）\[\]]"
_RUN = re.compile(rf"[+＋]?[(（\[]?\d(?:{_BETWEEN}{{0,4}}\d)*")
_GROUP = re.compile(r"\d+")
# How far round a mobile's digits is looked for the rest of an identifier.
_CODE = 40
_MOBILE = re.compile(r"1[3-9]\d{9}")
_Span = tuple[int, int]


def replace(text: str, instead: Callable[[str], str]) -> str:
    """`text` with each phone in it as `instead` has it."""
    shown, at = [], 0
    for start, end in _phones(text):
        shown += [text[at:start], instead(text[start:end])]
        at = end
    return "".join([*shown, text[at:]])


def _phones(text: str) -> Iterator[_Span]:
    at = 0
    for none in _NONE.finditer(text):
        yield from _between(text, at, none.start())
        at = none.end()
    yield from _between(text, at, len(text))


def _between(text: str, start: int, end: int) -> Iterator[_Span]:
    for run in _RUN.finditer(text, start, end):
        yield from _in_run(text, run.span())


def _in_run(text: str, run: _Span) -> Iterator[_Span]:
    """The phones in one run of digits. What a letter touches is a plate or an order number, unless it is a mobile's."""
    start, end = run
    groups = [found.span() for found in _GROUP.finditer(text, start, end)]
    before, after = _letter(text[start - 1 : start]), _letter(text[end : end + 1])
    if before or after:
        if _MOBILE.fullmatch("".join(text[a:b] for a, b in groups)) and _alone(text, run):
            yield run
            return
        groups = groups[before : len(groups) - after]
        start = groups[0][0] if before and groups else start
    if _digits(groups) <= _MOST:
        if _digits(groups) >= _FEWEST:
            yield start, groups[-1][1]
        return
    yield from _among_many(groups)


def _among_many(groups: list[_Span]) -> Iterator[_Span]:
    """Several numbers side by side: each that is a phone by itself, and short groups that may be one together."""
    together: list[_Span] = []
    for group in [*groups, (0, 0)]:
        size = _digits([group])
        if 0 < size < _FEWEST:
            together.append(group)
            continue
        if _digits(together) >= _FEWEST:
            yield together[0][0], together[-1][1]
        together = []
        if _FEWEST <= size <= _MOST:
            yield group


def _digits(groups: list[_Span]) -> int:
    return sum(end - start for start, end in groups)


def _letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


def _alone(text: str, run: _Span) -> bool:
    """Whether there are letters alone around these digits: an identifier has digits elsewhere too."""
    before = re.match(r"[A-Za-z0-9]*", text[max(0, run[0] - _CODE) : run[0]][::-1])
    after = re.match(r"[A-Za-z0-9]*", text[run[1] : run[1] + _CODE])
    return not any(sign.isdigit() for found in (before, after) if found for sign in found.group())

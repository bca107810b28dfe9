"""From a case's timeline to the times that were waited: pure functions of values, no I/O.

A wait begins when a case is opened, reopened, raised or lowered while nobody has it, or when an acceptance lapses; it ends
when a named person accepts. A case raised while somebody has it owes a new decision from that moment, and no new acceptance.
The grade of a wait is the one that it was waited under, so that a case raised later neither hides nor invents a breach.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from bot.policy import GRADES, Grade, policy

_BOTH: tuple[Literal["accept", "decide"], ...] = ("accept", "decide")
STARTS = ("opened", "reopened", "raised", "acceptance_lapsed")
TAKEN = ("accepted", "taken_over")
# S0: the decision is whether emergency services are called (TAXONOMY, staffing clocks), or that it is no S0 after all.
DECIDES_S0 = ("police_informed", "emergency_called", "emergency_declined", "resolved", "lowered")
# Any other grade (docs/decisions/0020): a word, a note or a tick beside a step decides nothing. An officer's request is decided
# by looking into it, releasing or refusing.
DECIDES = (
    *DECIDES_S0, DECIDED := "decided", "planned", "new_car", "hold_requested", "hold_reviewed", "hold_released",
    "police_checked", "police_proposed", "police_pack_released", "police_refusal_asked", "police_refused",
    "police_withdrawn",
)  # fmt: skip
# The case goes on in another, or is over: nobody waits in it any more.
ENDS = ("resolved", GOES_ON := "joined_into")
# Several entries of one transaction carry the same time: this is the order in which they mean something.
_ORDER = ("opened", "reopened", "raised", "acceptance_lapsed", *TAKEN)


class Entry(NamedTuple):
    """One entry of a case's timeline. before, after: grades, of `raised` and `lowered` only, None where erased."""

    at: datetime
    act: str
    who: str
    before: Grade | None = None
    after: Grade | None = None


@dataclass(frozen=True)
class Wait:
    """A time in which a case was owed a person. accepted, decided: when; by: staff id of who accepted.

    accept_owed: False where somebody had the case already and only a decision was owed anew. ended: when another wait took
    its place (a raise, a lapse, a reopening, or the case that this one was joined into).
    """

    case_id: str
    grade: Grade
    began: datetime
    accept_owed: bool = True
    accepted: datetime | None = None
    by: str | None = None
    decided: datetime | None = None
    ended: datetime | None = None

    def accept_s(self, until: datetime) -> float:
        """Seconds until somebody accepted; still waiting at `until`: the seconds so far."""
        return max(0.0, ((self.accepted or self.ended or until) - self.began).total_seconds())

    def decide_s(self, until: datetime) -> float:
        """Seconds from the same beginning until the first decision; still owed at `until`: the seconds so far."""
        return max(0.0, ((self.decided or self.ended or until) - self.began).total_seconds())

    @property
    def waiting(self) -> bool:
        """Whether nobody has accepted to this day."""
        return self.accept_owed and self.accepted is None and self.ended is None

    @property
    def lasts(self) -> bool:
        """Whether anything is owed in it to this day."""
        return self.ended is None and (self.waiting or self.decided is None)

    @property
    def accept_overtaken(self) -> bool:
        """Nobody accepted, and another wait took over: it counts in no percentile, but it can be a breach."""
        return self.accepted is None and self.ended is not None

    @property
    def decide_overtaken(self) -> bool:
        return self.decided is None and self.ended is not None


class PlainWait(NamedTuple):
    """The wait of a case in which nothing happened twice. accept_s, decide_s: seconds from the beginning; None: still owed.
    There are thousands of these in a report, so that only those that broke a clock become a Wait."""

    case_id: str
    grade: Grade
    began: datetime
    accept_s: float | None
    by: str | None
    decide_s: float | None

    def whole(self) -> Wait:
        """The same as a Wait."""
        accepted, decided = (
            None if one is None else self.began + timedelta(seconds=one)
            for one in (self.accept_s, self.decide_s)
        )
        return Wait(self.case_id, self.grade, self.began, True, accepted, self.by, decided)

    def of(self, which: Literal["accept", "decide"]) -> float | None:
        return self.accept_s if which == "accept" else self.decide_s

    def lasted(self, which: Literal["accept", "decide"], until: datetime) -> float:
        """Seconds waited so far."""
        seconds = self.of(which)
        return max(0.0, (until - self.began).total_seconds() if seconds is None else seconds)


def _rank(entry: Entry) -> tuple[datetime, int]:
    return entry.at, _ORDER.index(entry.act) if entry.act in _ORDER else len(_ORDER)


def waits_of(case_id: str, entries: Iterable[Entry], grade_now: Grade) -> list[Wait]:
    """The waits of one case, in order. grade_now: the case's grade today, which it had all along unless it was regraded."""
    ordered = sorted(entries, key=_rank)
    regraded = next((one for one in ordered if one.act in ("raised", "lowered")), None)
    grade = grade_now if regraded is None else regraded.before or regraded.after or grade_now
    done: list[Wait] = []
    current: Wait | None = None
    for entry in ordered:
        before, grade = grade, entry.after or grade
        if entry.act not in STARTS:
            unheld = current is not None and current.waiting
            current = _further(current, entry) if current is not None else None
            if entry.act == "lowered" and unheld and current is not None:
                # A person has looked and said that it is milder: what is owed from then on is the milder grade's.
                done, current = [*done, current], Wait(case_id, grade, entry.at, decided=entry.at)
            if entry.act in ENDS and current is not None:
                over = replace(current, ended=entry.at) if entry.act == GOES_ON else current
                done, current = [*done, over], None
            continue
        fresh = _begun(case_id, current, entry, before, grade)
        if fresh is None:
            continue
        if current is not None and entry.at > current.began:
            done.append(replace(current, ended=entry.at))
        current = fresh
    return done + ([current] if current is not None else [])


def _begun(case_id: str, current: Wait | None, entry: Entry, before: Grade, after: Grade) -> Wait | None:
    """The wait that begins with an entry; None where it changes nothing."""
    if current is None or entry.act != "raised":
        # Opened twice is no second opening; a lapse and a reopening leave nobody, whatever was before.
        again = entry.act in ("acceptance_lapsed", "reopened")
        return Wait(case_id, after, entry.at) if current is None or again else None
    if after == before:
        return None
    held = current.accepted is not None or not current.accept_owed
    return Wait(case_id, after, entry.at, accept_owed=not held, by=current.by)


def _further(wait: Wait, entry: Entry) -> Wait:
    """The wait after an entry that begins no new one."""
    by_person = entry.who.startswith("staff:")
    taken = entry.act in TAKEN or (entry.act in ("resolved", "lowered") and by_person)
    if taken and wait.accept_owed and wait.accepted is None:
        wait = replace(wait, accepted=entry.at, by=entry.who.partition(":")[2])
    decides = entry.act in (DECIDES_S0 if wait.grade == "S0" else DECIDES)
    if by_person and decides and wait.decided is None:
        wait = replace(wait, decided=entry.at)
    return wait


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The nearest-rank percentile: the smallest value that at least `percent` % of the values do not exceed,
    the one at rank ⌈p·n/100⌉. Exact, never interpolated; 100 is the largest. None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(1, math.ceil(percent * len(ordered) / 100)) - 1]


@dataclass(frozen=True)
class Target:
    """A staffing clock of the policy: `percent` % within `limit_s` seconds."""

    percent: int
    limit_s: float


def targets(grade: Grade, of: Literal["accept", "decide"]) -> list[Target]:
    """The policy's staffing clocks of a grade (`p90_s: 15` is 90 % within 15 s), the lowest percentage first."""
    clock = policy().clocks.of(grade)
    named = clock.accept_target if of == "accept" else clock.decide_target
    return sorted(
        (Target(int(name[1:-2]), limit) for name, limit in named.items()), key=lambda one: one.percent
    )


def limit_of(grade: Grade, of: Literal["accept", "decide"]) -> float | None:
    """Seconds after which one single wait is a breach: the loosest of the grade's staffing clocks. S3 has a share to meet
    for acceptance (80 % in 20 s), which no single person breaks: None."""
    found = targets(grade, of)
    if not found or (grade == "S3" and of == "accept"):
        return None
    return max(one.limit_s for one in found)


def longest_limit(grade: Grade) -> timedelta:
    """How long before a period a wait of this grade, or of a graver one, can have begun whose clock runs out in it."""
    graver = GRADES[: GRADES.index(grade) + 1]
    found = [limit_of(one, of) or 0.0 for one in graver for of in _BOTH]
    return timedelta(seconds=max(found))

"""The grade of a safety message from its intent and the cues in its words: pure functions over data files."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import re2
import yaml

_SEVERITY = {"S0": 0, "S1": 1, "S2": 2, "S3": 3}
_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False


@dataclass(frozen=True)
class Rule:
    """When an intent's grade is the higher or the lower one instead of its base."""

    higher_if: tuple[str, ...] = ()
    lower_if: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


@dataclass(frozen=True)
class IntentPolicy:
    """An intent's family (safety, case, routine), its base grade, and the grade that cues may give instead."""

    family: str
    grade: str
    lower: str | None = None
    higher: str | None = None


@dataclass(frozen=True)
class Grading:
    """Rules and compiled patterns, as stored in the grading file."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    cues: Mapping[str, Any] = field(default_factory=dict)
    distress: Any = None

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Grading:
        """Compiles a grading file's content; raises ValueError with the place of a broken pattern or unknown cue."""
        cues = {
            name: _compiled(patterns, f"cues.{name}") for name, patterns in (data.get("cues") or {}).items()
        }
        rules = {
            intent: Rule(**{key: tuple(names) for key, names in conditions.items()})
            for intent, conditions in (data.get("rules") or {}).items()
        }
        for intent, rule in rules.items():
            unknown = {*rule.higher_if, *rule.lower_if, *rule.unless} - set(cues)
            if unknown:
                raise ValueError(
                    f"Grading of {intent} names cues that have no patterns: {', '.join(sorted(unknown))}."
                )
        distress = data.get("distress")
        return cls(rules, cues, _compiled(distress, "distress") if distress else None)

    def cue(self, name: str, aligned: str) -> str | None:
        """The words in which a cue was found, or None."""
        pattern = self.cues.get(name)
        found = pattern.search(aligned) if pattern is not None else None
        return str(found.group(0)) if found else None

    def without(self, names: Iterable[str], aligned: str) -> str:
        """The text with the words of some cues taken out."""
        for name in names:
            if name in self.cues:
                aligned = self.cues[name].sub(" ", aligned)
        return aligned

    def distressed(self, aligned: str) -> str | None:
        """The words or signs of distress, in any language, or None."""
        found = self.distress.search(aligned) if self.distress is not None else None
        return str(found.group(0)) if found else None


def _compiled(patterns: Iterable[str], place: str) -> Any:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    try:
        return re2.compile(joined, _OPTIONS)
    except re2.error as error:
        raise ValueError(f"A pattern under {place} cannot be read: {error}.") from error


def read_policy(path: str | Path | None) -> dict[str, IntentPolicy]:
    """Family and grades per intent from a policy file; empty when there is none."""
    if not path or not Path(path).exists():
        return {}
    data = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    return policy_of(data.get("intents") or {})


def policy_of(intents: Mapping[str, Mapping[str, str]]) -> dict[str, IntentPolicy]:
    """The `intents` part of a policy file as typed values."""
    known = ("family", "grade", "lower", "higher")
    return {
        name: IntentPolicy(**{key: entry[key] for key in known if key in entry})
        for name, entry in intents.items()
    }


def graded(intent: str, policy: IntentPolicy, grading: Grading, aligned: str) -> tuple[str, list[str]]:
    """The grade of one intent given the words, and what decided it."""
    rule = grading.rules.get(intent, Rule())
    # "nobody was hurt" must not count as an injury: the milder words are taken out before their exceptions are sought.
    remaining = grading.without(rule.lower_if, aligned)
    for name in rule.unless:
        if found := grading.cue(name, remaining):
            return policy.grade, [f'{policy.grade}: {name} "{found}"']
    if policy.higher:
        for name in rule.higher_if:
            if found := grading.cue(name, aligned):
                return policy.higher, [f'{policy.higher}: {name} "{found}"']
    if policy.lower:
        for name in rule.lower_if:
            if found := grading.cue(name, aligned):
                return policy.lower, [f'{policy.lower}: {name} "{found}"']
    return policy.grade, [f"{policy.grade}: base grade of {intent}"]


def most_severe(grades: Iterable[str]) -> str:
    """The highest of several grades (S0 is highest); raises ValueError when there is none."""
    return functools.reduce(
        lambda one, other: one if _SEVERITY[one] <= _SEVERITY[other] else other, list(grades)
    )

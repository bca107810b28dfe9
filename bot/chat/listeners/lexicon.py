"""The lexicon that sentinel speaks by: its files (data/safety/lexicon/), what they may say, and how they become one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.incidents.matters import SOMEBODY_ELSE
from bot.kit.data import read_yaml, yaml_files
from bot.policy import Grade, is_safety, policy

_WORD = re.compile(r"<([^<>\s]+)>")
_DEEPEST = 4


class Rule(BaseModel):
    """One rule of the lexicon.

    says: hand_over where the words mean danger to a person in almost any context, check_in where they often do.
    patterns: RE2, tried on the normalised text without apostrophes; <name> stands for an entry of `words`.
    unless: RE2; a match counts only if none of these is found in its sentence; if the rule hands over, in its clause or before
    it in its sentence, and then it still asks: an excuse is a doubt, no reason for silence. What never means danger is
    `everyday`.
    match / no_match: the rule's own examples, which the tests hold it to.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    intent: str
    grade: Grade
    says: Literal["hand_over", "check_in"] = "hand_over"
    why: str
    patterns: list[str] = Field(min_length=1)
    unless: list[str] = Field(default_factory=list)
    match: list[str] = Field(min_length=1)
    no_match: list[str] = Field(min_length=1)


class ModifierRule(BaseModel):
    """Words that raise a grade in context: vulnerable, cannot_speak and the like (policy.modifiers).

    asks: the intent to check in for when nothing else was heard, for a circumstance that is a sign of danger by itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    modifier: str
    asks: str | None = None
    patterns: list[str] = Field(min_length=1)
    match: list[str] = Field(min_length=1)
    no_match: list[str] = Field(min_length=1)


class Lexicon(BaseModel):
    """One file of the lexicon, or all of them together.

    words: names for lists of words, used as <name> in any pattern of any file.
    everyday: phrases that carry danger words and mean none; they are blanked out before the rules look.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = 1
    words: dict[str, str] = Field(default_factory=dict)
    everyday: list[str] = Field(default_factory=list)
    rules: list[Rule] = Field(default_factory=list)
    modifiers: list[ModifierRule] = Field(default_factory=list)


def read(folder: Path) -> Lexicon:
    """All files of a folder, at any depth, as one lexicon. Raises ValueError naming the file, rule or words at fault."""
    parts = [_read(file) for file in yaml_files(folder, deep=True)]
    rules = [rule for part in parts for rule in part.rules]
    if not rules:
        raise ValueError(f"{folder} holds no lexicon: sentinel must not start without rules")
    _once("rules", (rule.id for rule in rules))
    _once("words", (name for part in parts for name in part.words))
    made = Lexicon(
        version=max(part.version for part in parts),
        words={name: words for part in parts for name, words in part.words.items()},
        everyday=[pattern for part in parts for pattern in part.everyday],
        rules=rules,
        modifiers=[rule for part in parts for rule in part.modifiers],
    )
    _of_danger(made)
    return made


def with_words(pattern: str, words: Mapping[str, str]) -> str:
    """The pattern with each <name> replaced by its words, which may use names themselves. Raises KeyError for an unknown name
    and ValueError for names within names without end."""
    for _ in range(_DEEPEST):
        if not _WORD.search(pattern):
            return pattern
        pattern = _WORD.sub(lambda found: f"(?:{words[found[1]]})", pattern)
    if _WORD.search(pattern):
        raise ValueError(f"words stand in words more than {_DEEPEST} deep")
    return pattern


def _read(file: Path) -> Lexicon:
    try:
        return Lexicon.model_validate(read_yaml(file))
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as fault:
        raise ValueError(f"lexicon, {file}: {fault}") from fault


def _once(what: str, names: Iterable[str]) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise ValueError(f"lexicon: the {what} {', '.join(twice)} stand twice: give each a name of its own")


def _of_danger(lexicon: Lexicon) -> None:
    """Every rule opens an incident, and every modifier is one that something follows from."""
    for rule in lexicon.rules:
        if not is_safety(rule.grade):
            raise ValueError(f"lexicon, {rule.id}: a rule is S0 or S1, not {rule.grade}")
    modifiers = policy().modifiers
    known = {*modifiers.s1_to_s0, *modifiers.s2_to_s1, *modifiers.s3_to_s2, SOMEBODY_ELSE}
    if strangers := {rule.modifier for rule in lexicon.modifiers} - known:
        raise ValueError(
            f"lexicon: nothing follows from the modifiers {', '.join(sorted(strangers))}; there are "
            f"{', '.join(sorted(known))}"
        )

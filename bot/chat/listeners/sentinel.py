"""Sentinel: deterministic rules in both languages, no model. They work with everything else down.

The rules are data (data/safety/lexicon/); google-re2 keeps matching linear in the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import re2
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.chat.listeners import Heard
from bot.chat.listeners.plain import Plain, Sentences, plain_of
from bot.chat.listeners.plain import normalise as normalise
from bot.kit.data import read_yaml
from bot.policy import Grade, policy
from bot.settings import settings

_WORD = re.compile(r"<([^<>\s]+)>")
_AT_THE_END = re.compile(r"[^\\]\$")
_APOSTROPHE = re.compile("'")
_QUIET = re2.Options()
_QUIET.log_errors = False  # the error that is raised says it already
# A check-in rule hears danger in every second message at best: it asks, and only a probability that rises asks again.
_CHECK_IN_PROBABILITY = 0.5


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


@dataclass(frozen=True)
class _Compiled:
    """One pattern of a rule, with the rule's excuses."""

    rule: Rule
    pattern: re2.Pattern
    unless: list[re2.Pattern]


@dataclass(frozen=True)
class _Hit:
    """A rule that matched. sure: it hands over; doubted: an `unless` spoke too, or other words stood beside a cry that hands
    over only alone. Then it asks."""

    rule: Rule
    sure: bool
    doubted: bool

    @property
    def because(self) -> str:
        return f"{self.rule.id}{'?' if self.doubted else ''}: {self.rule.why}"


class Sentinel:
    """Compiles a lexicon once; `hear` is pure and takes well under a millisecond for a short message.

    Raises ValueError naming the rule whose intent, word or pattern is at fault.
    """

    name = "sentinel"

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._asks = {rule.modifier: rule.asks for rule in lexicon.modifiers if rule.asks}
        unknown = {*(rule.intent for rule in lexicon.rules), *self._asks.values()} - set(policy().intents)
        if unknown:
            raise ValueError(f"lexicon rules name unknown intents: {', '.join(sorted(unknown))}")
        self._everyday = self._compiled("everyday", lexicon.everyday)
        self._patterns = [
            _Compiled(rule, pattern, unless)
            for rule in lexicon.rules
            for unless in [self._compiled(rule.id, rule.unless)]
            for pattern in self._compiled(rule.id, rule.patterns)
        ]
        self._filter = _filter([one.pattern.pattern for one in self._patterns])
        self._cries = [one for one in self._patterns if _ends_with_it(one)]
        self._cry_filter = _filter([f"(?m){one.pattern.pattern}" for one in self._cries])
        self._modifiers = [
            (rule.modifier, self._compiled(f"modifier {rule.modifier}", rule.patterns))
            for rule in lexicon.modifiers
        ]

    @classmethod
    def load(cls, folder: Path) -> Sentinel:
        """Read and check the lexicon's files, at any depth. Raises ValueError naming the file or the rule at fault."""
        files = sorted(folder.rglob("*.yml"))
        parts = [_read(file) for file in files]
        if not any(part.rules for part in parts):
            raise ValueError(f"{folder} holds no lexicon: sentinel must not start without rules")
        return cls(
            Lexicon(
                version=max(part.version for part in parts),
                words={name: words for part in parts for name, words in part.words.items()},
                everyday=[pattern for part in parts for pattern in part.everyday],
                rules=[rule for part in parts for rule in part.rules],
                modifiers=[rule for part in parts for rule in part.modifiers],
            )
        )

    def hear(self, text: str) -> Heard:
        """Hand over or check in when a rule matches, naming the gravest first; else routine."""
        plain = plain_of(text)
        found = self.modifiers(plain.text)
        plain = plain.without(_APOSTROPHE, "")
        for pattern in self._everyday:
            plain = plain.without(pattern, " _ ")
        hits = self._hits(plain)
        if not hits:
            return self._of_modifiers(found)
        worst = hits[0]
        return Heard(
            self.name, "handover" if worst.sure else "checkin",
            probability=1.0 if worst.sure else _CHECK_IN_PROBABILITY,
            intent=worst.rule.intent, grade=worst.rule.grade, because=[one.because for one in hits], modifiers=found,
        )  # fmt: skip

    def _of_modifiers(self, found: list[str]) -> Heard:
        """What is heard when no rule matches."""
        asking = [name for name in found if name in self._asks]
        if not asking:
            return Heard(self.name, "routine", modifiers=found)
        intent = self._asks[asking[0]]
        return Heard(
            self.name, "checkin", probability=_CHECK_IN_PROBABILITY, intent=intent, grade=policy().intents[intent].grade,
            because=asking, modifiers=found,
        )  # fmt: skip

    def modifiers(self, plain: str) -> list[str]:
        """Which raising circumstances the (normalised) words name."""
        bare = plain.replace("'", "")
        return [
            name for name, patterns in self._modifiers if any(pattern.search(bare) for pattern in patterns)
        ]

    def _hits(self, plain: Plain) -> list[_Hit]:
        """The rules that match, those that hand over first and the gravest of them before the rest."""
        if self._filter is None:
            return []
        sentences = plain.sentences()
        hits: dict[str, _Hit] = {}
        for index in self._filter.Match(plain.text) or ():
            one = self._patterns[index]
            excused = not _unexcused(one, sentences)
            asks = one.rule.says == "check_in"
            if not (excused and asks) and (one.rule.id not in hits or not excused):
                hits[one.rule.id] = _Hit(one.rule, sure=not (excused or asks), doubted=excused)
        for rule in self._cries_in(sentences):
            hits.setdefault(rule.id, _Hit(rule, sure=False, doubted=True))
        return sorted(hits.values(), key=lambda hit: (not hit.sure, hit.rule.grade, hit.rule.id))

    def _cries_in(self, sentences: Sentences) -> list[Rule]:
        """The rules that a sentence or clause would match if it stood alone ("110, he took my phone")."""
        alone = sentences.clauses()
        matching = self._cry_filter.Match(alone) if alone and self._cry_filter else None
        return [self._cries[index].rule for index in matching or ()]

    def _compiled(self, owner: str, patterns: list[str]) -> list[re2.Pattern]:
        """RE2 programs of the patterns, <name> filled in. Raises ValueError naming their owner."""
        compiled = []
        for pattern in patterns:
            try:
                compiled.append(re2.compile(_with_words(pattern, self.lexicon.words), _QUIET))
            except re2.error as fault:
                reason = fault.args[0].decode() if isinstance(fault.args[0], bytes) else fault
                raise ValueError(f"lexicon, {owner}: {reason} in {pattern}") from fault
            except KeyError as unknown:
                raise ValueError(f"lexicon, {owner}: no words are named {unknown} in {pattern}") from None
        return compiled


def _ends_with_it(one: _Compiled) -> bool:
    """Whether the pattern wants a message that says nothing else, or nothing after it ("help!!", 翻车了)."""
    return one.rule.says == "hand_over" and bool(_AT_THE_END.search(one.pattern.pattern))


def _filter(patterns: list[str]) -> re2.Filter | None:
    """All patterns in one pass: RE2 looks for the literals that each needs, and runs only those that can match."""
    if not patterns:
        return None
    together = re2.Filter()
    for pattern in patterns:
        together.Add(pattern, _QUIET)
    together.Compile()
    return together


def _unexcused(one: _Compiled, sentences: Sentences) -> bool:
    """Whether the pattern matches where no `unless` speaks: a cry beside an excused one still counts."""
    said = sentences.around if one.rule.says == "check_in" else sentences.before_and_around
    return not one.unless or any(
        not any(excuse.search(words) for excuse in one.unless)
        for found in one.pattern.finditer(sentences.text)
        for words in [said(*found.span())]
    )


def _read(file: Path) -> Lexicon:
    try:
        return Lexicon.model_validate(read_yaml(file))
    except (ValidationError, yaml.YAMLError) as fault:
        raise ValueError(f"lexicon, {file}: {fault}") from fault


def _with_words(pattern: str, words: Mapping[str, str]) -> str:
    """The pattern with each <name> replaced by its words, which may use names themselves. Raises KeyError."""
    for _ in range(4):
        if not _WORD.search(pattern):
            break
        pattern = _WORD.sub(lambda found: f"(?:{words[found[1]]})", pattern)
    return pattern


@lru_cache(maxsize=1)
def sentinel() -> Sentinel:
    """The sentinel in force, compiled once."""
    return Sentinel.load(settings().data / "safety" / "lexicon")

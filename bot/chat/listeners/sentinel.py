"""Sentinel: deterministic rules in both languages, no model. They work with everything else down.

The rules are data (data/safety/lexicon/); google-re2 keeps matching linear in the text's length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import re2
import yaml
from opencc import OpenCC
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.chat.listeners import Heard
from bot.kit.data import read_yaml
from bot.policy import Grade, policy
from bot.settings import settings

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
_SPACE = re.compile(r"\s+")
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff])[\s.,·。，、~*_\-]+(?=[\u3400-\u9fff])")
_WORD = re.compile(r"<([^<>\s]+)>")
_QUIET = re2.Options()
_QUIET.log_errors = False  # the error that is raised says it already
_SENTENCE_END = re.compile(r"[!?;。]+|\.+(?=\s|$)")
# A check-in rule hears danger in every second message at best: it asks, and only a probability that rises asks again.
_CHECK_IN_PROBABILITY = 0.5


class Rule(BaseModel):
    """One rule of the lexicon.

    says: hand_over where the words mean danger to a person in almost any context, check_in where they often do.
    patterns: RE2, tried on the normalised text without apostrophes; <name> stands for an entry of `words`.
    unless: RE2; a match counts only if none of these is found in the sentence it stands in.
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
    """Words that raise a grade in context: vulnerable, cannot_speak and the like (policy.modifiers)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    modifier: str
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


def normalise(text: str) -> str:
    """What the rules look at: NFKC, lower case, Traditional to Simplified, no invisible characters, straight quotes,
    single spaces, and none between Han characters (救 命 is 救命)."""
    plain = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))
    plain = _INVISIBLE.sub("", plain).replace("’", "'").replace("‘", "'")
    plain = _SPACE.sub(" ", _converter().convert(plain)).lower().strip()
    return _HAN_GAP.sub("", plain)


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


@dataclass(frozen=True)
class _Compiled:
    """One pattern of a rule, with the rule's excuses."""

    rule: Rule
    pattern: re2.Pattern
    unless: list[re2.Pattern]


class Sentinel:
    """Compiles a lexicon once; `hear` is pure and takes well under a millisecond for a short message.

    Raises ValueError naming the rule whose intent, word or pattern is at fault.
    """

    name = "sentinel"

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        unknown = {rule.intent for rule in lexicon.rules} - set(policy().intents)
        if unknown:
            raise ValueError(f"lexicon rules name unknown intents: {', '.join(sorted(unknown))}")
        self._everyday = self._compiled("everyday", lexicon.everyday)
        self._patterns = [
            _Compiled(rule, pattern, unless)
            for rule in lexicon.rules
            for unless in [self._compiled(rule.id, rule.unless)]
            for pattern in self._compiled(rule.id, rule.patterns)
        ]
        self._filter = _filter([one.pattern for one in self._patterns])
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
        plain = normalise(text)
        found = self.modifiers(plain)
        plain = plain.replace("'", "")
        for pattern in self._everyday:
            plain = pattern.sub(" _ ", plain)
        hits = self._hits(plain)
        if not hits:
            return Heard(self.name, "routine", modifiers=found)
        worst = hits[0]
        sure = worst.says == "hand_over"
        return Heard(
            self.name, "handover" if sure else "checkin", probability=1.0 if sure else _CHECK_IN_PROBABILITY,
            intent=worst.intent, grade=worst.grade, because=[f"{rule.id}: {rule.why}" for rule in hits],
            modifiers=found,
        )  # fmt: skip

    def modifiers(self, plain: str) -> list[str]:
        """Which raising circumstances the (normalised) words name."""
        bare = plain.replace("'", "")
        return [
            name for name, patterns in self._modifiers if any(pattern.search(bare) for pattern in patterns)
        ]

    def _hits(self, plain: str) -> list[Rule]:
        """The rules that match, those that hand over first and the gravest of them before the rest."""
        matching = (
            [self._patterns[index] for index in self._filter.Match(plain) or ()] if self._filter else []
        )
        hits = {one.rule.id: one.rule for one in matching if _unexcused(one, plain)}
        return sorted(hits.values(), key=lambda rule: (rule.says != "hand_over", rule.grade, rule.id))

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


def _filter(patterns: list[re2.Pattern]) -> re2.Filter | None:
    """All patterns in one pass: RE2 looks for the literals that each needs, and runs only those that can match."""
    if not patterns:
        return None
    together = re2.Filter()
    for pattern in patterns:
        together.Add(pattern.pattern, _QUIET)
    together.Compile()
    return together


def _unexcused(one: _Compiled, plain: str) -> bool:
    """Whether the pattern matches in a sentence that no `unless` speaks in: a cry beside an excused one still counts."""
    return not one.unless or any(
        not any(excuse.search(said) for excuse in one.unless)
        for found in one.pattern.finditer(plain)
        for said in [_around(plain, found.start(), found.end())]
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


def _around(plain: str, start: int, end: int) -> str:
    """The sentence, or sentences, that plain[start:end] stands in."""
    begin = max((stop.end() for stop in _SENTENCE_END.finditer(plain, 0, start)), default=0)
    after = _SENTENCE_END.search(plain, end)
    return plain[begin : after.start() if after else len(plain)]


@lru_cache(maxsize=1)
def sentinel() -> Sentinel:
    """The sentinel in force, compiled once."""
    return Sentinel.load(settings().data / "safety" / "lexicon")

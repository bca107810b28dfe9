"""Sentinel: deterministic rules in both languages, no model. They work with everything else down.

The rules are data (data/safety/lexicon/); google-re2 keeps matching linear in the text's length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import re2

from bot.chat.listeners import Heard
from bot.chat.listeners.lexicon import Lexicon as Lexicon
from bot.chat.listeners.lexicon import ModifierRule as ModifierRule
from bot.chat.listeners.lexicon import Rule as Rule
from bot.chat.listeners.lexicon import read, with_words
from bot.chat.listeners.plain import Plain, Sentences, plain_of
from bot.chat.listeners.plain import normalise as normalise
from bot.policy import policy
from bot.settings import settings

_AT_THE_END = re.compile(r"[^\\]\$")
_APOSTROPHE = re.compile("'")
_QUIET = re2.Options()
_QUIET.log_errors = False  # the error that is raised says it already
# A check-in rule hears danger in every second message at best: it asks, and only a probability that rises asks again.
_CHECK_IN_PROBABILITY = 0.5


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
        return cls(read(folder))

    def unproven(self) -> list[str]:
        """What the rules' own examples say against them, a sentence each: a `match` that its rule does not hear as it `says`, a
        `no_match` that it hears. Takes seconds: for `make check`, not for a start."""
        wrong = []
        for rule in self.lexicon.rules:
            asks = rule.says == "check_in"
            for text in rule.match:
                hit = self._hit_of(rule, text)
                if hit is None or not (hit.sure or asks):
                    wrong.append(f"{rule.id}: “{text}” stands under match and is not heard.")
            for text in rule.no_match:
                hit = self._hit_of(rule, text)
                if hit is not None and (hit.sure or asks):
                    wrong.append(f"{rule.id}: “{text}” stands under no_match and is heard.")
        for modifier, (name, patterns) in zip(self.lexicon.modifiers, self._modifiers, strict=True):
            for texts, expected in ((modifier.match, True), (modifier.no_match, False)):
                for text in texts:
                    bare = plain_of(text).text.replace("'", "")
                    if any(pattern.search(bare) for pattern in patterns) is not expected:
                        wrong.append(f"modifier {name}: “{text}” is {'not ' if expected else ''}heard.")
        return wrong

    def hear(self, text: str) -> Heard:
        """Hand over or check in when a rule matches, naming the gravest first; else routine."""
        plain = plain_of(text)
        found = self.modifiers(plain.text)
        hits = self._hits(self._without_everyday(plain))
        if not hits:
            return self._of_modifiers(found)
        worst = hits[0]
        return Heard(
            self.name, "handover" if worst.sure else "checkin",
            probability=1.0 if worst.sure else _CHECK_IN_PROBABILITY,
            intent=worst.rule.intent, grade=worst.rule.grade, because=[one.because for one in hits], modifiers=found,
        )  # fmt: skip

    def _without_everyday(self, plain: Plain) -> Plain:
        plain = plain.without(_APOSTROPHE, "")
        for pattern in self._everyday:
            plain = plain.without(pattern, " _ ")
        return plain

    def _hit_of(self, rule: Rule, text: str) -> _Hit | None:
        hits = self._hits(self._without_everyday(plain_of(text)))
        return next((one for one in hits if one.rule.id == rule.id), None)

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
                program = re2.compile(with_words(pattern, self.lexicon.words), _QUIET)
            except re2.error as fault:
                reason = fault.args[0].decode() if isinstance(fault.args[0], bytes) else fault
                raise ValueError(f"lexicon, {owner}: {reason} in {pattern}") from fault
            except KeyError as unknown:
                raise ValueError(f"lexicon, {owner}: no words are named {unknown} in {pattern}") from None
            except ValueError as fault:
                raise ValueError(f"lexicon, {owner}: {fault} in {pattern}") from None
            if program.search(""):
                raise ValueError(f"lexicon, {owner}: {pattern!r} fits every message, even an empty one")
            compiled.append(program)
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


@lru_cache(maxsize=1)
def sentinel() -> Sentinel:
    """The sentinel in force, compiled once."""
    return Sentinel.load(settings().data / "safety" / "lexicon")

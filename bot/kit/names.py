"""What the policy names must be known by that name: people are shown it in both languages, or something finds it. Else a page
fails for whoever opens it first, and a misspelt modifier raises no grade."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bot.kit.locale import has_text
from bot.policy import policy
from bot.policy.whole import MODIFIERS


def check(heard: Iterable[str]) -> None:
    """heard: the modifiers that the lexicon finds in words. Raises ValueError, a sentence a line, each with its key."""
    if wrong := [*_without_text(), *_never_found({*MODIFIERS, *heard})]:
        raise ValueError("\n".join(wrong))


def _without_text() -> Iterator[str]:
    rules = policy()
    shown = {
        "resolution_codes": ("resolution", rules.resolution_codes),
        "departments": ("department", rules.departments),
        "hold_reasons": ("hold.why", rules.hold_reasons),
        "routing.tiers": ("tier", rules.routing.tiers),
    }
    for place, (prefix, names) in shown.items():
        for name in names:
            if not has_text(key := f"{prefix}.{name}"):
                yield (
                    f"data/policy.yml, {place}: {name} has no text {key} in data/texts. Correct the name, or write the text in "
                    "both languages."
                )


def _never_found(known: set[str]) -> Iterator[str]:
    rules = policy().modifiers
    for place in ("s2_to_s1", "s1_to_s0", "s3_to_s2"):
        if strangers := sorted(set(getattr(rules, place)) - known):
            yield (
                f"data/policy.yml, modifiers.{place}: nothing finds {', '.join(strangers)}. Use names out of "
                f"{', '.join(sorted(known))}."
            )

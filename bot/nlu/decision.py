"""From a probability to one of three decisions, and the two thresholds between them: pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Mapping

import numpy as np
from numpy.typing import NDArray

Decision = Literal["handover", "checkin", "routine"]


_ENOUGH = 50  # routine messages of a language from which thresholds of its own are chosen
_CAREFUL = (0.5, 0.1)  # where no language has enough


@dataclass(frozen=True)
class Thresholds:
    """Two thresholds for each language: from the first up a message is handed over, from the second up it is asked about.
    `basis` tells what they did on held-out messages."""

    languages: Mapping[str, tuple[float, float]]
    basis: Mapping[str, Any] = field(default_factory=dict)

    def of(self, language: str) -> tuple[float, float]:
        """A language's thresholds; the lowest of all for one without its own."""
        if language in self.languages:
            handover, checkin = self.languages[language]
            return handover, checkin
        pairs = list(self.languages.values()) or [_CAREFUL]
        return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)

    def decide(self, probability: float, language: str) -> Decision:
        """The decision for one probability."""
        handover, checkin = self.of(language)
        if probability >= handover:
            return "handover"
        return "checkin" if probability >= checkin else "routine"


@dataclass(frozen=True)
class Budgets:
    """What the thresholds are chosen by, as shares of held-out routine messages of each language.

    `false_handover`, `false_checkin`: routine messages handed over, or asked about, at most. The defaults follow from the
    product's bars (3 % and 12 % of ordinary messages, 8 % and 30 % of dramatic ones) and from about one dramatic message in
    six in the data. Both are spent whole: a threshold too low costs a question, one too high may cost a life.
    """

    false_handover: float = 0.04
    false_checkin: float = 0.14


def logit(probability: Any) -> Any:
    """Log odds, finite for 0 and 1."""
    clipped = np.clip(probability, 1e-7, 1 - 1e-7)
    return np.log(clipped / (1 - clipped))


def choose(
    probability: NDArray[Any],
    is_safety: NDArray[Any],
    is_routine: NDArray[Any],
    language: NDArray[Any],
    budgets: Budgets,
) -> Thresholds:
    """Thresholds from held-out probabilities: for each language the lowest that keep the budgets."""
    languages, basis = {}, {}
    for code in map(str, np.unique(language)):
        routine = probability[is_routine & (language == code)]
        if len(routine) < _ENOUGH:
            continue
        # Where the classes hardly overlap, the quantiles would lie among calm messages, or both at one place.
        handover = float(np.clip(np.quantile(routine, 1 - budgets.false_handover), 0.05, 0.98))
        checkin = float(np.quantile(routine, 1 - budgets.false_handover - budgets.false_checkin))
        languages[code] = (handover, float(np.clip(checkin, 0.01, handover * 0.95)))
        basis[code] = _outcome(*languages[code], probability[is_safety & (language == code)], routine)
    return Thresholds(languages, basis)


@dataclass(frozen=True)
class Bars:
    """What thresholds settled on development messages may cost, as shares of a language's development messages: ordinary
    ones and hard negatives (ordinary words that sound dramatic), handed over or asked about at most; and ordinary one-star
    reviews handed over.

    The product's bars themselves (3 and 8 % handed over, 12 and 30 % asked): the development messages were written to be as
    hard as the world gets, so sentinel's own false alarms find room below them. Reviews are too few here to hold their
    bar (1 %): two messages would decide it alone, and a threshold too high may cost a life.
    """

    routine_handover: float = 0.03
    hard_handover: float = 0.08
    review_handover: float = 0.06
    routine_checkin: float = 0.12
    hard_checkin: float = 0.30


_SPREAD = (
    0.35  # of one development message, in log odds: a hundred messages stand for many that lie beside them
)


def settle(probability: NDArray[Any], kind: NDArray[Any], bars: Bars) -> tuple[float, float] | None:
    """The lowest two thresholds that keep the bars on one language's development messages; None with too few of them.

    probability: one for each message; kind: routine, hard_negative, review, or anything else, which sets no threshold.
    """
    routine, hard, reviews = (
        logit(probability[kind == name]) for name in ("routine", "hard_negative", "review")
    )
    if len(routine) < _ENOUGH or len(hard) < _ENOUGH:
        return None
    places = np.linspace(-5, 5, 1001)  # log odds of the thresholds that are tried

    def reached(group: NDArray[Any]) -> NDArray[Any]:
        return np.asarray((1 / (1 + np.exp((places[:, np.newaxis] - group) / _SPREAD))).mean(axis=1))

    calm, dramatic = reached(routine), reached(hard)
    kept = (calm <= bars.routine_handover) & (dramatic <= bars.hard_handover)
    if len(reviews) >= _ENOUGH:
        kept &= reached(reviews) <= bars.review_handover
    high = _first(kept)
    low = _first(
        (calm - calm[high] <= bars.routine_checkin) & (dramatic - dramatic[high] <= bars.hard_checkin)
    )
    handover, checkin = (float(1 / (1 + np.exp(-places[at]))) for at in (high, min(low, high)))
    return handover, min(checkin, handover * 0.95)


def between(own: tuple[float, float], all_languages: tuple[float, float]) -> tuple[float, float]:
    """Half-way, in log odds, between a language's own thresholds and those of all languages together: a hundred messages of
    one language leave its own uncertain."""
    middle = (logit(np.array(own)) + logit(np.array(all_languages))) / 2
    handover, checkin = (float(value) for value in 1 / (1 + np.exp(-middle)))
    return handover, checkin


def _first(kept: NDArray[Any]) -> int:
    return int(np.argmax(kept)) if kept.any() else len(kept) - 1


def _outcome(
    handover: float, checkin: float, danger: NDArray[Any], routine: NDArray[Any]
) -> dict[str, float]:
    share = {
        "danger_handed_over": danger >= handover,
        "danger_flagged": danger >= checkin,
        "routine_handed_over": routine >= handover,
        "routine_asked": (routine >= checkin) & (routine < handover),
    }
    outcome = {name: round(float(hits.mean()), 4) if len(hits) else 0.0 for name, hits in share.items()}
    return {**outcome, "danger_messages": len(danger), "routine_messages": len(routine)}

"""Agents' cards: what to do, say and never say for each safety intent (data/protocols/*.yml), checked when read."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.kit.data import read_yaml, yaml_files
from bot.kit.locale import has_text
from bot.policy import policy
from bot.settings import settings

# A step bound to a call is done when the call was recorded, whichever way it was decided.
EMERGENCY_CALL = "emergency_call"
ACTS_OF = {EMERGENCY_CALL: ("police_informed", "emergency_called", "emergency_declined")}
SHARED = "_shared"


class Both(BaseModel):
    """One sentence in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_(self, locale: str) -> str:
        return self.zh if locale == "zh" else self.en


class Step(BaseModel):
    """One step. act: the timeline's act that ticks it; within_s: seconds after acceptance in which it should be done."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z_]+$")
    do: Both
    say: Both | None = None
    never: Both | None = None
    act: str | None = None
    within_s: int | None = Field(default=None, gt=0)

    @property
    def acts(self) -> tuple[str, ...]:
        """The timeline's acts that show that the step was done; empty when only a person can tick it."""
        return () if self.act is None else ACTS_OF.get(self.act, (self.act,))


class ProtocolCard(BaseModel):
    """The ordered card of one intent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Both
    steps: tuple[Step, ...] = Field(min_length=3)

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)


def read_cards(folder: Path) -> dict[str, ProtocolCard]:
    """Every card by its intent. Raises ValueError, naming the file, for what cannot be read, an act that the timeline does not
    know, a step given twice, or a safety intent without a card."""
    shared = _shared(folder / f"{SHARED}.yml")
    cards = {file.stem: _card(file, shared) for file in yaml_files(folder) if file.stem != SHARED}
    wanted = {name for name, intent in policy().intents.items() if intent.family == "safety"}
    if missing := sorted(wanted - set(cards)):
        raise ValueError(f"{folder.name}: no card for {', '.join(missing)}. Write one file for each.")
    if unknown := sorted(set(cards) - set(policy().intents)):
        raise ValueError(
            f"{folder.name}: {', '.join(unknown)} is no intent of data/policy.yml. Rename the file."
        )
    return cards


def _read(file: Path) -> dict[str, Any]:
    read = read_yaml(file)
    if not isinstance(read, dict):
        raise ValueError(f"{file.name}: expected `title` and `steps`.")
    return read


def _shared(file: Path) -> dict[str, dict[str, Any]]:
    return {name: {"id": name, **step} for name, step in _read(file)["steps"].items()}


def _card(file: Path, shared: dict[str, dict[str, Any]]) -> ProtocolCard:
    read = _read(file)
    try:
        steps = [_named(shared, step["use"]) if "use" in step else step for step in read.get("steps", [])]
        card = ProtocolCard.model_validate({**read, "steps": steps})
    except (KeyError, ValidationError) as problem:
        raise ValueError(f"{file.name}: {problem}") from problem
    ids = [step.id for step in card.steps]
    if twice := {one for one in ids if ids.count(one) > 1}:
        raise ValueError(f"{file.name}: {', '.join(sorted(twice))} stands twice. Give each step its own id.")
    for step in card.steps:
        if unknown := [act for act in step.acts if not has_text(f"act.{act}")]:
            raise ValueError(
                f"{file.name}: {step.id} names the act {unknown[0]}, which the timeline does not know."
            )
    return card


def _named(shared: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    if name not in shared:
        raise KeyError(f"{name} is not in {SHARED}.yml")
    return shared[name]


@lru_cache(maxsize=1)
def cards() -> dict[str, ProtocolCard]:
    """The project's cards. Raises ValueError as `read_cards`."""
    return read_cards(settings().data / "protocols")

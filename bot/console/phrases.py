"""What is not said to a reporter, by the conversation's grade (data/safety/forbidden.yml, TAXONOMY: Words)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ConfigDict, Field

from bot.console.claims import Rule
from bot.kit.data import read_yaml
from bot.policy import Grade
from bot.settings import settings


class Phrase(Rule):
    """phrase and instead: shown to the agent. grades: of the conversations it counts in; refused_in: where it is not sent."""

    name: str
    phrase: dict[str, str]
    instead: dict[str, str]
    grades: list[Grade] = Field(default_factory=lambda: list(get_args(Grade)))
    refused_in: list[Grade] = Field(default_factory=list)


class Phrases(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    phrases: list[Phrase]


def load(path: Path) -> Phrases:
    """The rules of a file. Raises pydantic.ValidationError, and ValueError naming an example that a rule gets wrong."""
    read = Phrases.model_validate(read_yaml(path))
    if wrong := [fault for rule in read.phrases for fault in rule.faults(rule.name)]:
        raise ValueError("; ".join(wrong))
    return read


@lru_cache(maxsize=1)
def phrases() -> list[Phrase]:
    """The phrases in force, read once."""
    return load(settings().data / "safety" / "forbidden.yml").phrases


def said_in(text: str, grade: Grade) -> list[tuple[Phrase, str, bool]]:
    """What `text` says that it should not in a conversation of this grade: the rule, the words, whether it is refused."""
    return [
        (rule, said, grade in rule.refused_in)
        for rule in phrases()
        if grade in rule.grades and (said := rule.found(text)) is not None
    ]

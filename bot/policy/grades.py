"""The grades, and what every part of the policy has in common."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Grade = Literal["S0", "S1", "S2", "S3"]
GRADES: tuple[Grade, ...] = ("S0", "S1", "S2", "S3")


def worse(a: Grade, b: Grade) -> Grade:
    """The more severe of two grades."""
    return a if GRADES.index(a) <= GRADES.index(b) else b


def raised(grade: Grade) -> Grade:
    """One grade up; S0 stays S0."""
    return GRADES[max(0, GRADES.index(grade) - 1)]


def is_safety(grade: Grade | None) -> bool:
    """S0 and S1: at once to people."""
    return grade in ("S0", "S1")


class Strict(BaseModel):
    """Unknown names are refused: a misspelt figure would count for nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

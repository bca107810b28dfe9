"""Settings of the action server (environment) and the limits of data/policy.yml, both read once.

This package runs in Rasa's environment and imports nothing of `bot`: both sides share plain data files only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Where the neighbours are. Addresses without a trailing slash."""

    host: str
    port: int
    platform_url: str
    platform_key: str
    internal_url: str
    internal_secret: str
    policy_file: Path


@dataclass(frozen=True)
class Policy:
    """What of data/policy.yml the assistant needs. Seconds for `_s`; money in minor units by currency."""

    families: Mapping[str, str]
    refund_limit: Mapping[str, int]
    wait_limit_s: int
    essential_items: frozenset[str]
    answer_essential_s: int
    answer_other_s: int
    not_understood_limit: int
    night_from: time
    night_to: time
    emergency: Mapping[str, Mapping[str, str]]
    emergency_by_language: Mapping[str, str]

    def intents(self, family: str) -> frozenset[str]:
        """Intents of a family: safety, case or routine."""
        return frozenset(name for name, value in self.families.items() if value == family)

    def police_number(self, language: str) -> str:
        """The police number for a language alone, when neither position nor trip is known."""
        region = self.emergency_by_language.get(language, "default")
        return self.emergency.get(region, self.emergency["default"])["police"]


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings. Every one has a working default for the demo."""
    get = os.environ.get
    return Settings(
        host=get("VIGIL_ACTIONS_HOST", "127.0.0.1"),
        port=int(get("VIGIL_ACTIONS_PORT", "5055")),
        platform_url=get("VIGIL_RIDE_PLATFORM_URL", "http://127.0.0.1:8090").rstrip("/"),
        platform_key=get("VIGIL_RIDE_PLATFORM_KEY", "sandbox-key"),
        internal_url=get("VIGIL_INTERNAL_URL", "http://127.0.0.1:8081").rstrip("/"),
        internal_secret=get("VIGIL_INTERNAL_SECRET", "demo-secret-not-for-production"),
        policy_file=Path(get("VIGIL_DATA", str(ROOT / "data"))) / "policy.yml",
    )


def read_policy(path: Path) -> Policy:
    """The policy file as typed values. Raises KeyError or ValueError when a needed line is missing or
    wrong."""
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    routine, night = data["routine"], data["modifiers"]["night"]
    return Policy(
        families={name: str(row["family"]) for name, row in data["intents"].items()},
        refund_limit={currency: int(amount) for currency, amount in routine["refund_limit"].items()},
        wait_limit_s=int(routine["wait_limit_s"]),
        essential_items=frozenset(routine["essential_items"]),
        answer_essential_s=int(routine["lost_item_answer_s"]["essential"]),
        answer_other_s=int(routine["lost_item_answer_s"]["other"]),
        not_understood_limit=int(routine["not_understood_limit"]),
        night_from=time.fromisoformat(night["from"]),
        night_to=time.fromisoformat(night["to"]),
        emergency=data["emergency"],
        emergency_by_language=data["emergency_by_language"],
    )


@lru_cache(maxsize=1)
def policy() -> Policy:
    """The policy in force, read at start."""
    return read_policy(settings().policy_file)

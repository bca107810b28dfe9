"""The project's rules, stories and responses as a Rasa model without hearing: what is heard is given by the
tests."""

from __future__ import annotations

import os
from pathlib import Path

from bot.nlu import lean

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
recipe: default.v1
assistant_id: vigil-test
language: zh
pipeline: []
policies:
  - name: RulePolicy
    core_fallback_threshold: 0.3
    core_fallback_action_name: action_default_fallback
  - name: AugmentedMemoizationPolicy
    max_history: 5
"""


def train_rules(folder: Path) -> str:
    """Trains into the folder; returns the model's path."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    lean.hush()
    lean.install()
    from rasa.model_training import train

    config = folder / "config.yml"
    config.write_text(CONFIG)
    files = [str(ROOT / "data" / name) for name in ("rules", "stories", "responses")]
    trained = train(str(ROOT / "domain.yml"), str(config), files, str(folder), fixed_model_name="rules")
    assert trained.model
    return str(trained.model)

"""The rules as a model, once for all stories."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actions.rules import train_rules


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Any:
    model = train_rules(tmp_path_factory.mktemp("model"))
    from rasa.core.agent import Agent

    return Agent.load(model)

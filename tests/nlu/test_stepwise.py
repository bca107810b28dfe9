"""The graph run node after node gives what Rasa's own runner gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.stepwise import Stepwise
from bot.nlu.turns import Conversationalist


@pytest.fixture(scope="module")
def agent(tiny_model: Path) -> Agent:
    return Agent.load(str(tiny_model))


def _inputs(*texts: str) -> dict[str, Any]:
    tracker = DialogueStateTracker.from_events("", [])
    return {
        PLACEHOLDER_MESSAGE: [UserMessage(one, message_id=one) for one in texts],
        PLACEHOLDER_TRACKER: tracker,
    }


def test_it_hears_and_predicts_as_the_other_does(agent: Agent) -> None:
    processor = agent.processor
    assert processor is not None and isinstance(processor.graph_runner, DaskGraphRunner)
    hearing, talking = processor.model_metadata.nlu_target, processor.model_metadata.core_target
    assert hearing is not None and talking is not None
    both = [processor.graph_runner, Stepwise(processor.graph_runner)]
    for targets in ([hearing], [talking], [talking, hearing], None, [hearing]):
        said = [runner.run(_inputs("help he locked the doors", "多谢"), targets) for runner in both]
        assert said[0].keys() == said[1].keys()
        heard = [
            [one.as_dict(only_output_properties=True) for one in some[hearing]]
            for some in said
            if hearing in some
        ]
        assert heard[:1] == heard[1:]
        predicted = [
            (some[talking].probabilities, some[talking].policy_name) for some in said if talking in some
        ]
        assert predicted[:1] == predicted[1:]
    assert heard or predicted


def test_what_a_node_raises_comes_out(agent: Agent) -> None:
    assert agent.processor is not None
    runner = Stepwise(agent.processor.graph_runner)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"node"):
        runner.run({}, [agent.processor.model_metadata.nlu_target or ""])


def test_a_conversationalist_uses_it(tiny_model: Path) -> None:
    loaded = Agent.load(str(tiny_model))
    Conversationalist(loaded).hear("thank you")
    assert loaded.processor is not None and isinstance(loaded.processor.graph_runner, Stepwise)

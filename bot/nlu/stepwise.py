"""Rasa's graph of a loaded model run node after node, in an order that is found once."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import TopologicalSorter
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphNodeHook, GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage

_Plan = List[tuple[str, List[str]]]


class Stepwise(GraphRunner):
    """The nodes of Rasa's own runner, without dask's scheduler, which plans each run anew and hands one task after the other
    through queues: a tenth of what a message takes."""

    def __init__(self, runner: DaskGraphRunner) -> None:
        self._schema, self._nodes = runner._graph_schema, runner._instantiated_nodes
        self._plans: Dict[tuple[str, ...], _Plan] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: Optional[List[GraphNodeHook]] = None,
    ) -> Stepwise:
        """Makes the nodes as Rasa's runner does."""
        return cls(DaskGraphRunner.create(graph_schema, model_storage, execution_context, hooks))

    def run(
        self, inputs: Optional[Dict[Text, Any]] = None, targets: Optional[List[Text]] = None
    ) -> Dict[Text, Any]:
        """What each target (all that the schema names, unless given) gives for the inputs. Raises what a node raises."""
        wanted = tuple(targets or self._schema.target_names)
        if (plan := self._plans.get(wanted)) is None:
            plan = self._plans[wanted] = self._planned(wanted)
        # A node takes (name of the node before, what it gave), and the bare name of one that gave nothing.
        given: Dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, needs in plan:
            given[name] = self._nodes[name](*(given.get(one, one) for one in needs))
        return {name: given[name][1] for name in wanted}

    def _planned(self, targets: Sequence[str]) -> _Plan:
        nodes = self._schema.minimal_graph_schema(list(targets)).nodes
        order = TopologicalSorter({name: set(node.needs.values()) for name, node in nodes.items()})
        return [(name, list(nodes[name].needs.values())) for name in order.static_order() if name in nodes]

"""The safety decision: hand over, check in or routine, with a grade and the reasons, from everything heard."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Text, Tuple

import numpy as np
import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

from bot.nlu.components.classifier import PROBABILITIES, SCORES
from bot.nlu.components.language import LANGUAGE
from bot.nlu.components.normaliser import aligned_text
from bot.nlu.decision import Budgets, Thresholds, choose, logit
from bot.nlu.grading import Grading, IntentPolicy, graded, most_severe, policy_of, read_policy
from bot.nlu.kernel import Array
from bot.nlu.sources import code_digest, files_digest
from bot.nlu.text import has_letters, is_number_alone

logger = logging.getLogger(__name__)

SAFETY = "safety"
_RULES = "safety.json"
_LEADING = 3  # scores of either side that the decision looks at one by one
_RIVAL = 0.3  # an intent this close to the leading one (as a share of it) has a say in the grade


def _views(message: Message, policy: Mapping[str, IntentPolicy]) -> List[float]:
    probabilities: Mapping[str, float] = message.get(PROBABILITIES)
    scores: Mapping[str, float] = message.get(SCORES)
    dangerous = [name for name in scores if name in policy and policy[name].family == "safety"]
    calm = [name for name in scores if name not in set(dangerous)]
    summed = sum(probabilities[name] for name in dangerous)
    return [
        float(logit(summed)),
        sum(scores[name] for name in dangerous),
        sum(scores.values()),
        *_leading([scores[name] for name in dangerous]),
        *_leading([scores[name] for name in calm]),
    ]


def _leading(scores: List[float]) -> List[float]:
    ordered = sorted(scores, reverse=True)[:_LEADING]
    return ordered + ordered[-1:] * (_LEADING - len(ordered)) if ordered else [0.0] * _LEADING


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SafetyDecision(GraphComponent):
    """Sets `safety: {probability, decision, intent, grade, because}` on each message.

    The probability joins views of the whole vector, weighed on held-out examples: the classifier's probabilities summed
    over safety intents; its raw scores summed over them, which is the very answer of a two-class machine (ridge regression
    is linear in its targets); the sum of all raw scores, which tells how familiar the message is; and the three highest
    scores of either side, which tell a clear case from a mixed one.
    Without safety intents in the data every message is routine.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """`policy`, `grading`: data files read in training and stored with the model; the rest as in `Budgets`."""
        return {
            "policy": "data/policy.yml",
            "grading": "data/entities/grading.yml",
            **asdict(Budgets()),
        }

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._storage = storage
        self._resource = resource
        self._thresholds = Thresholds({})
        self._mix: List[float] = []
        self._policy: Dict[str, IntentPolicy] = {}
        self._grading = Grading()

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SafetyDecision:
        """Makes the component, untrained."""
        return cls(config, model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        """Changes with the code and with the data files read beside the training data."""
        settings = {**cls.get_default_config(), **config}
        return code_digest() + files_digest(settings["policy"] or "", settings["grading"] or "")

    def train(self, training_data: TrainingData) -> Resource:
        """Fits the head, weighs both views, chooses the thresholds and stores all with the policy that was read."""
        policy = read_policy(self._config["policy"])
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        family = np.array(
            [policy[e.get(INTENT)].family if e.get(INTENT) in policy else "routine" for e in examples]
        )
        danger = family == "safety"
        grading_file = Path(self._config["grading"] or "")
        grading = yaml.safe_load(grading_file.read_text(encoding="utf-8")) if grading_file.is_file() else {}
        Grading.from_data(grading)  # a broken pattern stops the training, not the service
        stored: Dict[str, Any] = {
            "policy": {name: asdict(entry) for name, entry in policy.items()},
            "grading": grading,
        }
        with self._storage.write_to(self._resource) as folder:
            known = np.array([example.get(SCORES) is not None for example in examples], dtype=bool)
            if 0 < (danger & known).sum() < known.sum():
                mix, probability = self._weigh(
                    [e for e in examples if e.get(SCORES) is not None], danger[known], policy
                )
                language = np.array([example.get(LANGUAGE) or "other" for example in examples])[known]
                budgets = Budgets(**{key: self._config[key] for key in asdict(Budgets())})
                thresholds = choose(
                    probability, danger[known], (family == "routine")[known], language, budgets
                )
                logger.info("Safety decision, held out: %s", thresholds)
                stored.update(mix=mix, thresholds=asdict(thresholds))
            (folder / _RULES).write_text(json.dumps(stored, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @staticmethod
    def _weigh(
        examples: List[Message], danger: Array, policy: Mapping[str, IntentPolicy]
    ) -> Tuple[List[float], Array]:
        views = np.array([_views(example, policy) for example in examples])
        joint = LogisticRegression(C=1.0, max_iter=1000).fit(views, danger)
        return [*map(float, joint.coef_[0]), float(joint.intercept_[0])], joint.predict_proba(views)[:, 1]

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SafetyDecision:
        """Reads what training stored; raises ValueError, KeyError or OSError when it is damaged."""
        component = cls.create(config, model_storage, resource, execution_context)
        with model_storage.read_from(resource) as folder:
            stored = json.loads((folder / _RULES).read_text(encoding="utf-8"))
            component._policy = policy_of(stored["policy"])
            component._grading = Grading.from_data(stored["grading"])
            if "thresholds" in stored:
                component._thresholds = Thresholds(**stored["thresholds"])
                component._mix = stored["mix"]
        return component

    def process(self, messages: List[Message]) -> List[Message]:
        """Decides on each message."""
        for message in messages:
            message.set(SAFETY, self._decide(message), add_to_output=True)
        return messages

    def _decide(self, message: Message) -> Dict[Text, Any]:
        aligned, text = aligned_text(message), message.get(TEXT) or ""
        language = message.get(LANGUAGE) or "other"
        probability = self._probability(message) if text.strip() else 0.0
        handover, checkin = self._thresholds.of(language)
        number = is_number_alone(text)
        decision = "routine" if number else self._thresholds.decide(probability, language)
        because = [f"probability {probability:.3f}; handover from {handover:.3f}, checkin from {checkin:.3f}"]
        if number:
            because.append("a number alone")
        elif decision == "routine" and language == "other":
            if sign := self._grading.distressed(aligned):
                decision = "checkin"
                because.append(f'distress in an unknown language: "{sign}"')
            elif has_letters(text) and probability >= checkin / 2:
                decision = "checkin"
                because.append("unknown language: asked from half the threshold")
        intent, grade = None, None
        if decision != "routine":
            intent, grade, reasons = self._grade(message, aligned)
            because.extend(reasons)
        return {
            "probability": round(probability, 4),
            "decision": decision,
            "intent": intent,
            "grade": grade,
            "because": because,
        }

    def _probability(self, message: Message) -> float:
        if not self._mix or message.get(SCORES) is None:
            return 0.0
        odds = float(np.dot(self._mix[:-1], _views(message, self._policy)) + self._mix[-1])
        return float(1 / (1 + np.exp(-odds)))

    def _grade(self, message: Message, aligned: str) -> Tuple[Optional[str], Optional[str], List[str]]:
        probabilities: Mapping[str, float] = message.get(PROBABILITIES) or {}
        shares = {
            n: p for n, p in probabilities.items() if n in self._policy and self._policy[n].family == "safety"
        }
        if not shares:
            return None, None, []
        leading = max(shares, key=shares.__getitem__)
        grades, reasons = [], [f"leading intent {leading} {shares[leading]:.3f}"]
        for name in sorted(shares, key=shares.__getitem__, reverse=True)[:3]:
            if shares[name] >= _RIVAL * shares[leading]:
                grade, why = graded(name, self._policy[name], self._grading, aligned)
                grades.append(grade)
                reasons.extend(why)
        return leading, most_severe(grades), reasons

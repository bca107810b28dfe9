"""Rasa's stock pipeline (DIET) on the same NLU data, as a peer: `python -m bot.nlu.stock FOLDER < texts.json > heard.json`.

Runs in a process of its own, with TensorFlow. Reads a JSON list of texts on standard input and prints
`{"train_s", "memory_mb", "heard": [{"intent", "ranking", "milliseconds"}]}`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

_CONFIG = """
recipe: default.v1
assistant_id: stock
language: zh
pipeline:
  - name: {tokenizer}
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    constrain_similarities: true
    entity_recognition: false
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.stock", description=__doc__)
    parser.add_argument("data", type=Path, help="folder of NLU data")
    parser.add_argument("--epochs", type=int, default=100, help="of DIET; 100 is Rasa's default")
    options = parser.parse_args(arguments)
    os.environ.update(RASA_TELEMETRY_ENABLED="false", TF_CPP_MIN_LOG_LEVEL="3", TQDM_DISABLE="1")
    warnings.simplefilter("ignore")
    texts = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr  # what Rasa prints is no part of the answer
    json.dump(hear(options.data, options.epochs, texts), out)
    return 0


def hear(data: Path, epochs: int, texts: Sequence[str]) -> dict[str, object]:
    """Trains the stock pipeline and lets it hear every text."""
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yml"
        # jieba is the tokenizer that Rasa documents for Chinese; it passes English words through.
        config.write_text(_CONFIG.format(tokenizer="JiebaTokenizer", epochs=epochs))
        began = time.monotonic()
        model = train_nlu(str(config), str(data), folder)
        took = time.monotonic() - began
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # heard on one core, as the other is
        agent = Agent.load(str(model))
        asyncio.run(agent.parse_message("ready"))
        heard = []
        for text in texts:
            start = time.perf_counter()
            # A typed slash is a command to stock Rasa; it is spared that here.
            parsed = asyncio.run(agent.parse_message(text.lstrip("/ ") or "."))
            milliseconds = (time.perf_counter() - start) * 1000
            ranking = {one["name"]: one["confidence"] for one in parsed.get("intent_ranking", [])}
            heard.append(
                {"intent": parsed["intent"]["name"], "ranking": ranking, "milliseconds": milliseconds}
            )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"train_s": round(took, 1), "memory_mb": round(memory), "heard": heard}


if __name__ == "__main__":
    sys.exit(main())

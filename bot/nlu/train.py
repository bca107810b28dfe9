"""Trains the assistant: `python -m bot.nlu.train`. Skips when a model fits its sources; says why it trains, and how far
it is. A failed training leaves the models folder, and so the model in service, as it was."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import re
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from bot.nlu import lean

if TYPE_CHECKING:
    from rasa.core.agent import Agent

    from bot.nlu.sources import Project

KEPT = 3  # models kept in the folder, newest first
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ABANDONED = 6 * 3600  # seconds after which an unfinished training's folder is nobody's


class TrainingError(Exception):
    """Training cannot be done; the message says what to do about it."""


class _Progress(logging.Handler):
    """Prints which part of the training has begun, with the seconds since the start."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._start = time.monotonic()
        self._out = sys.stdout  # Rasa's own chatter on standard output is caught while it trains

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.name.startswith("bot.nlu") or text.startswith(("Starting to train", "Restored component")):
            self.say(
                text.replace("Starting to train component", "training").replace(
                    "Restored component", "unchanged"
                )
            )

    def say(self, text: str) -> None:
        """Prints one line."""
        print(f"  {time.monotonic() - self._start:5.1f} s  {text.rstrip('.')}", file=self._out, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.train", description=__doc__)
    parser.add_argument("--force", action="store_true", help="train even if a model fits the sources")
    parser.add_argument("--config", type=Path, default=Path("config.yml"))
    parser.add_argument("--domain", type=Path, default=Path("domain.yml"))
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--with-tensorflow", action="store_true", help="for pipelines that compute with it")
    options = parser.parse_args(arguments)
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    lean.hush()
    os.environ.setdefault("TQDM_DISABLE", "1")
    if not options.with_tensorflow:
        lean.install()
    from bot.nlu.sources import Project

    project = Project(options.config, options.domain, options.data, options.models)
    try:
        train(project, force=options.force)
    except lean.NeedsTensorFlow:
        print("This pipeline computes with TensorFlow: training again with it.", flush=True)
        given = list(sys.argv[1:] if arguments is None else arguments)
        os.execv(sys.executable, [sys.executable, "-m", "bot.nlu.train", "--with-tensorflow", *given])
    except TrainingError as error:
        print(f"Not trained: {error} The model in service stays.", file=sys.stderr)
        return 1
    return 0


def train(project: Project, force: bool = False) -> Path:
    """Trains unless a stored model fits; returns the model's path. Raises TrainingError."""
    from bot.nlu.check import check_sources
    from bot.nlu.sources import fingerprint

    digests = project.digests()
    name = f"vigil-{fingerprint(digests)}"
    target = project.models / f"{name}.tar.gz"
    if not force and _readable(target):
        print(f"The model {target} fits its sources: nothing to train.", flush=True)
        target.touch()  # the newest file is the one that is served
        return target
    progress = _Progress()
    progress.say(_reason(project, digests, force))
    try:
        check_sources(project)
    except ValueError as error:
        raise TrainingError(str(error)) from error
    began = time.monotonic()
    project.models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=project.models, prefix=".training-") as folder:
        trained = _run(project, Path(folder), name, force, progress)
        agent = _try_out(trained)
        thresholds = _settle(trained, agent, project, progress)
        seconds = round(time.monotonic() - began, 1)
        note = {
            "trained_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "seconds": seconds,
            "thresholds": thresholds,
        }
        # Written aside and put in its place whole: half a note would stop every later training.
        noted = Path(folder) / f"{name}.json"
        noted.write_text(json.dumps({**note, "sources": digests}, indent=1))
        os.replace(noted, project.models / noted.name)
        os.replace(trained, target)
    _prune(project.models, target)
    progress.say(f"trained {target} in {seconds:.0f} s")
    return target


def _run(project: Project, folder: Path, name: str, force: bool, progress: _Progress) -> Path:
    from rasa.model_training import train as rasa_train
    from rasa.utils.log_utils import configure_structlog

    from bot.nlu import bookkeeping

    configure_structlog(logging.WARNING)
    bookkeeping.install()

    said = io.StringIO()
    with _watched(progress), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            result = rasa_train(
                domain=[str(path) for path in project.domain_paths()],
                config=str(project.config),
                training_files=[str(path) for path in project.training_paths()],
                output=str(folder),
                force_training=force,
                fixed_model_name=name,
            )
        except lean.NeedsTensorFlow:
            raise
        except SystemExit as error:  # Rasa's way to give up on a rule or story; what it printed was caught
            raise TrainingError(_gave_up(said)) from error
        except Exception as error:  # the edge of the program: any failure is told in a sentence
            cause = error.__cause__ or error
            if isinstance(cause, lean.NeedsTensorFlow):
                raise cause from error
            raise TrainingError(f"{str(cause).strip().rstrip('.') or type(cause).__name__}.") from error
    if result.code != 0 or not result.model:
        raise TrainingError(_gave_up(said))
    return Path(result.model)


def _gave_up(said: io.StringIO) -> str:
    told = _COLOUR.sub("", said.getvalue()).strip()
    return f"Rasa gave up: {told.rstrip('.') or 'no reason given'}."


@contextlib.contextmanager
def _watched(progress: _Progress) -> Iterator[None]:
    root = logging.getLogger()
    for name in ("rasa", "bot.nlu"):
        logging.getLogger(name).setLevel(logging.INFO)
    before = list(root.handlers)
    root.handlers[:] = [progress]
    try:
        yield
    finally:
        root.handlers[:] = before


def _readable(model: Path) -> bool:
    try:
        return bool(lean.component_classes(model))
    except (OSError, tarfile.TarError, KeyError, ValueError, EOFError):
        return False


def _reason(project: Project, digests: dict[str, str], force: bool) -> str:
    """Why training is due, in words."""
    notes = sorted(project.models.glob("vigil-*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    if force:
        return "training because --force was given"
    if not notes:
        return f"training because there is no model in {project.models}/ yet"
    try:
        before = json.loads(notes[0].read_text()).get("sources", {})
    except (ValueError, AttributeError):
        return f"training because {notes[0]} is damaged, and does not say what the model was trained from"
    changed = sorted(name for name in {*before, *digests} if before.get(name) != digests.get(name))
    if not changed:
        return "training because the stored model is missing or damaged"
    more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
    return f"training because these changed: {', '.join(changed[:3])}{more}"


def _try_out(model: Path) -> Agent:
    """Loads the new model and lets it hear one message, so that what cannot serve never takes the old one's place."""
    import asyncio

    from rasa.core.agent import Agent

    try:
        agent = Agent.load(str(model))
        parsed = asyncio.run(agent.parse_message("hello"))
    except Exception as error:  # whatever goes wrong here would go wrong in service
        cause = str(error.__cause__ or error).rstrip(".")
        raise TrainingError(f"The new model cannot be used: {cause}.") from error
    if "intent" not in parsed:
        raise TrainingError("The new model hears nothing: check the pipeline in the config file.")
    return agent


def _settle(
    model: Path, agent: Agent, project: Project, progress: _Progress
) -> dict[str, tuple[float, float]]:
    """Thresholds from the development messages, where the project has any, by language."""
    from bot.nlu.labelled import BadInput
    from bot.nlu.thresholds import settle_thresholds

    try:
        settled = settle_thresholds(model, agent, project.development())
    except BadInput as error:
        raise TrainingError(str(error)) from error
    for language, outcome in settled.items():
        handover, checkin = outcome["thresholds"]
        progress.say(
            f"{language}: hand over from {handover:.3f}, ask from {checkin:.3f}; of {outcome['danger']['messages']} "
            f"development messages of danger {outcome['danger']['handover']:.1%} handed over"
        )
    return {language: outcome["thresholds"] for language, outcome in settled.items()}


def _prune(models: Path, newest: Path) -> None:
    stored = sorted(models.glob("vigil-*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in stored[KEPT:]:
        if path != newest:
            path.unlink()
            path.with_name(path.name.replace(".tar.gz", ".json")).unlink(missing_ok=True)
    for path in models.glob(
        ".training-*"
    ):  # of trainings that were killed; one that goes on elsewhere is let be
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > _ABANDONED:
                shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

"""Training from the command line: skipping, reasons, and clear errors that leave the model in service alone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bot.nlu import lean
from bot.nlu.serve import CannotServe, _components, newest_model
from bot.nlu.sources import Project
from bot.nlu.train import main
from tests.nlu.conftest import TINY


@pytest.fixture
def project(tmp_path: Path) -> list[str]:
    """Arguments for a copy of the tiny project."""
    copy = tmp_path / "tiny"
    shutil.copytree(TINY, copy)
    return [
        "--config",
        f"{copy}/config.yml",
        "--domain",
        f"{copy}/domain.yml",
        "--data",
        f"{copy}/data",
        "--models",
        f"{tmp_path}/models",
    ]


def test_a_fitting_model_is_not_trained_again(tiny_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--config",
        f"{TINY}/config.yml",
        "--domain",
        f"{TINY}/domain.yml",
        "--data",
        f"{TINY}/data",
        "--models",
        str(tiny_model.parent),
    ]
    from bot.nlu.sources import Project
    from bot.nlu.train import train

    assert (
        train(Project(TINY / "config.yml", TINY / "domain.yml", TINY / "data", tiny_model.parent))
        == tiny_model
    )
    assert "nothing to train" in capsys.readouterr().out and arguments


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("data/nlu/en/more.yml", "nlu:\n  - intent: unheard_of\n    examples: |\n      - x\n", "unheard_of"),
        ("data/nlu/en/more.yml", "nlu: [\n - a: {", "line"),
        ("data/nlu/en/more.yml", 'nlu:\n  - intent: greet\n    examples: ""\n', "no example"),
        ("domain.yml", "intents: [}", "domain.yml, line 1"),
        ("data/nlu/en/more.yml", "- intent: greet\n", "more.yml is a list: it must begin with a key"),
        ("data/nlu/en/more.yaml", "nlu:\n  - intent: unheard_of\n", "more.yaml ends in .yaml"),
        ("data/rules/more.json", "{}", "more.json ends in .json"),
        (
            "data/rules/more.yml",
            "rules:\n  - rule: x\n    condition:\n      - slot_was_set: [{itm: null}]\n"
            "    steps:\n      - intent: greet\n      - action: utter_greet\n",
            "itm",
        ),
    ],
)
def test_bad_data_is_told_in_a_sentence(
    project: list[str], tmp_path: Path, file: str, text: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "models").mkdir()
    in_service = tmp_path / "models" / "old.tar.gz"
    in_service.write_bytes(b"as it was")
    (tmp_path / "tiny" / file).write_text(text, encoding="utf-8")
    assert main(project) == 1
    told = capsys.readouterr().err
    assert words in told and "The model in service stays." in told and "Traceback" not in told
    assert in_service.read_bytes() == b"as it was"
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["old.tar.gz"]


def test_a_missing_domain_is_told(
    project: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiny/domain.yml").unlink()
    assert main(project) == 1 and "domain.yml is missing" in capsys.readouterr().err


def test_a_damaged_or_missing_model_is_refused_before_serving(tmp_path: Path, tiny_model: Path) -> None:
    with pytest.raises(CannotServe, match="no model"):
        newest_model(tmp_path)
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(tiny_model.read_bytes()[:5000])
    with pytest.raises(CannotServe, match="damaged"):
        _components(damaged)


def test_the_pipeline_runs_without_tensorflow(tiny_model: Path) -> None:
    assert not lean.tensorflow_loaded()
    assert lean.needs_tensorflow(lean.component_classes(tiny_model)) == []


def test_a_part_that_computes_with_tensorflow_is_recognised() -> None:
    diet = "rasa.nlu.classifiers.diet_classifier.DIETClassifier"
    assert lean.needs_tensorflow([diet, "rasa.core.policies.rule_policy.RulePolicy"]) == [diet]


def test_another_training_under_way_is_let_be_and_an_abandoned_one_is_cleared(
    project: list[str], tmp_path: Path
) -> None:
    models = tmp_path / "models"
    under_way, abandoned = models / ".training-now", models / ".training-old"
    for folder in (under_way, abandoned):
        folder.mkdir(parents=True)
    os.utime(abandoned, (0, 0))
    assert main(project) == 0
    assert under_way.is_dir() and not abandoned.exists()


def test_a_bad_development_message_is_named_before_training(
    project: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "tiny/data/development"
    folder.mkdir()
    (folder / "en.jsonl").write_text('{"text": "hello", "handoff": "S9"}')
    assert main(project) == 1 and "en.jsonl, line 1" in capsys.readouterr().err


def test_half_a_note_beside_the_models_is_told_and_stops_nothing(
    project: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/vigil-1.json").write_text('{"sources": {"domain.yml": "a')
    assert main(project) == 0
    assert "vigil-1.json is damaged" in capsys.readouterr().out


def test_a_yaml_file_makes_a_fitting_model_due(project: list[str], tmp_path: Path) -> None:
    sources = Project(data=tmp_path / "tiny/data")
    before = sources.digests()
    (tmp_path / "tiny/data/nlu/en/more.yaml").write_text("nlu: []")
    assert sources.digests() != before

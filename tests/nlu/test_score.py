"""Scoring labelled messages, with a stored and with a running model."""

import json
from pathlib import Path

import pytest

from bot.nlu.labelled import read_labelled
from bot.nlu.metrics import wilson
from bot.nlu.score import main
from tests.nlu.conftest import SECRET, Served

LABELLED = [
    {"text": "help he locked the doors", "handoff": True, "intent": "passenger_in_danger", "grade": "S0"},
    {"text": "司机不让我下车", "handoff": True, "intent": "passenger_in_danger"},
    {"text": "thank you", "handoff": False, "intent": "thank"},
    {"text": "多谢", "handoff": False, "intent": "greet"},
]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A file of labelled messages, the last with a wrong label."""
    file = tmp_path / "messages.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in LABELLED), encoding="utf-8")
    return file


def _check(printed: str) -> None:
    result = json.loads(printed)
    assert result["messages"] == 4 and set(result["languages"]) == {"en", "zh"}
    assert (
        result["all"]["danger_handed_over"]["hits"] == 2 and result["all"]["routine_handed_over"]["hits"] == 0
    )
    assert result["all"]["intent_right_routine_and_S2"] | {"low": 0, "high": 0} == {
        "share": 0.5,
        "low": 0,
        "high": 0,
        "hits": 1,
        "of": 2,
    }
    assert result["all"]["danger_S0_handed_over"]["of"] == 1


def test_a_stored_model(tiny_model: Path, labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(labelled), "--model", str(tiny_model)]) == 0
    _check(capsys.readouterr().out)


def test_a_running_one(
    served: Served, labelled: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIL_INTERNAL_SECRET", SECRET)
    assert main([str(labelled), "--url", f"http://127.0.0.1:{served.port}"]) == 0
    _check(capsys.readouterr().out)


@pytest.mark.parametrize("line", ["{", '{"text": 1, "handoff": true}', '{"text": "x"}', "[]"])
def test_a_bad_line_is_named(tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"text": "x", "handoff": false, "intent": "y"}\n' + line)
    assert main([str(file)]) == 1 and "line 2" in capsys.readouterr().err


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "marked.jsonl"
    file.write_text('{"text": "x", "handoff": false, "intent": "y"}\n', encoding="utf-8-sig")
    assert [label["text"] for label in read_labelled([file])] == ["x"]


def test_a_damaged_model_is_told(
    tiny_model: Path, labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged.tar.gz"
    damaged.write_bytes(tiny_model.read_bytes()[:5000])
    assert main([str(labelled), "--model", str(damaged)]) == 1
    assert "damaged.tar.gz is damaged" in capsys.readouterr().err


def test_the_interval_is_wilsons() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-4)  # the example of Newcombe, 1998
    assert wilson(0, 0) == (0.0, 1.0)

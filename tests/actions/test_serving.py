"""`python -m actions`: quick to serve, without TensorFlow, on loopback; clear words when it cannot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]


class TestServing:
    def test_it_is_well_and_knows_every_action_of_the_domain(self, actions_url):
        import yaml

        assert requests.get(f"{actions_url}/health", timeout=5).json() == {"status": "ok"}
        served = {row["name"] for row in requests.get(f"{actions_url}/actions", timeout=5).json()}
        wanted = set(yaml.safe_load((ROOT / "domain.yml").read_text())["actions"])
        assert wanted == served

    def test_tensorflow_is_not_imported(self):
        code = (
            "import sys, actions\nfrom rasa_sdk.endpoint import create_app\ncreate_app(actions)\n"
            "sys.exit('tensorflow' in sys.modules)"
        )
        assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False).returncode == 0

    def test_a_port_in_use_is_told_in_one_line(self, actions_url):
        port = actions_url.rpartition(":")[2]
        ended = subprocess.run(
            [sys.executable, "-m", "actions"],
            cwd=ROOT,
            env={**os.environ, "VIGIL_ACTIONS_PORT": port, "PYTHONWARNINGS": "ignore"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 1 and "set VIGIL_ACTIONS_PORT" in ended.stderr
        assert "Traceback" not in ended.stderr

    def test_a_policy_that_cannot_be_read_is_told_in_one_line(self, tmp_path):
        ended = subprocess.run(
            [sys.executable, "-m", "actions"],
            cwd=ROOT,
            env={**os.environ, "VIGIL_DATA": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 1 and "policy.yml" in ended.stderr and "Traceback" not in ended.stderr

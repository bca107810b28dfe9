"""What a served model costs: the seconds until it answers, and the memory it stands in."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from bot.nlu.labelled import BadInput
from bot.nlu.score import hear_at

_LIMIT_S = 180.0


@dataclass(frozen=True)
class Footprint:
    """ready_s: seconds from the start of the process to its first healthy answer; memory_mb: resident, after `messages`."""

    ready_s: float
    memory_mb: int
    messages: int


def footprint(model: Path, texts: list[str]) -> Footprint:
    """Serves the model as `python -m bot.nlu.serve` does, lets it hear the texts, and ends it. Raises BadInput when it does
    not come up within three minutes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "RASA_DATABASE_URL": f"sqlite:///{folder}/rasa.db",
            "VIGIL_INTERNAL_SECRET": "measured",
        }
        began = time.monotonic()
        served = subprocess.Popen(
            [sys.executable, "-m", "bot.nlu.serve", "--model", str(model), "--port", str(port)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(served, f"{url}/webhooks/vigil/health", began + _LIMIT_S)
            ready_s = round(time.monotonic() - began, 1)
            os.environ["VIGIL_INTERNAL_SECRET"] = "measured"
            hear = hear_at(url)
            for text in texts:
                hear(text)
            return Footprint(ready_s, resident_mb(served.pid), len(texts))
        finally:
            served.terminate()
            served.wait()


def resident_mb(process: int) -> int:
    """The resident memory of a process, in MB; 0 where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    if not status.is_file():
        return 0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return round(int(line.split()[1]) / 1024)


def _wait(served: subprocess.Popen[bytes], url: str, until: float) -> None:
    request = urllib.request.Request(url, headers={"X-Vigil-Secret": "measured"})
    while time.monotonic() < until and served.poll() is None:
        try:
            with urllib.request.urlopen(request, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise BadInput("The model could not be served: `python -m bot.nlu.serve` tells why.")

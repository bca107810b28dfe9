"""`python -m sandbox` as a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys

import httpx

from tests.ports import free_port


def start(port: str, **settings: str) -> subprocess.Popen[str]:
    environment = (
        os.environ | {"VIGIL_SANDBOX_PORT": port, "VIGIL_SANDBOX_DESK_URL": "http://127.0.0.1:9"} | settings
    )
    command = [sys.executable, "-m", "sandbox"]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_it_serves_the_people_of_the_demo_and_ends_on_ctrl_c() -> None:
    port = free_port()
    process = start(str(port))
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        assert address == f"http://127.0.0.1:{port}/demo/driver"
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(transport=transport, trust_env=False, timeout=60.0) as client:
            people = client.get(f"http://127.0.0.1:{port}/demo/people").json()["people"]
        riders = [each for each in people if each["kind"] == "rider"]
        assert {each["language"] for each in riders} == {"zh", "en"}
        assert len({each["city"] for each in riders}) == 6
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_a_port_in_use_is_told_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = start(str(taken.getsockname()[1]))
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.strip().endswith("free it or set VIGIL_SANDBOX_PORT.") and said.count("\n") == 1


def test_a_port_that_is_none_is_told_in_one_line() -> None:
    process = start("soon")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1 and said == "VIGIL_SANDBOX_PORT must be a number between 1 and 65535.\n"


def test_a_begin_that_is_no_time_is_told_in_one_line() -> None:
    process = start("1", VIGIL_SANDBOX_BEGINS="noon")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said == "VIGIL_SANDBOX_BEGINS must be a time as 2026-05-01T12:00:00+00:00.\n"

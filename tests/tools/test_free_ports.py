"""Ports that tests are given belong to them alone, whatever runs beside."""

from __future__ import annotations

import socket
import subprocess
import sys

from tests.ports import free_port


def test_nobody_else_gets_it_but_the_test_can_listen_there() -> None:
    port = free_port()
    taken = f"import socket; socket.socket().bind(('127.0.0.1', {port}))"
    other = subprocess.run([sys.executable, "-c", taken], capture_output=True, text=True, check=False)
    assert other.returncode == 1 and "Address already in use" in other.stderr
    with socket.create_server(("127.0.0.1", port)) as server, socket.create_connection(server.getsockname()):
        pass


def test_another_process_is_given_other_ports() -> None:
    mine = {free_port() for _ in range(50)}
    ask = "from tests.ports import free_port; print(*(free_port() for _ in range(200)))"
    theirs = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len({*map(int, theirs)}) == 200 and not mine & {*map(int, theirs)}

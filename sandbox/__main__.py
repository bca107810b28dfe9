"""`python -m sandbox`: serve the demo ride platform on loopback (VIGIL_SANDBOX_PORT, default 8090)."""

from __future__ import annotations

import socket
import sys

import uvicorn

from sandbox.app import create_app
from sandbox.settings import SandboxSettings


def main() -> None:
    try:
        settings = SandboxSettings.from_environment()
    except ValueError as problem:
        sys.exit(str(problem))
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind((settings.host, settings.port))
        except (OSError, OverflowError) as problem:
            sys.exit(f"Port {settings.port} cannot be used ({problem}): free it or set VIGIL_SANDBOX_PORT.")
        print(f"Sandbox ride platform: http://{settings.host}:{settings.port}/demo/driver", flush=True)
        config = uvicorn.Config(create_app(settings), log_level="warning", timeout_graceful_shutdown=2)
        uvicorn.Server(config).run(sockets=[held])


if __name__ == "__main__":
    main()

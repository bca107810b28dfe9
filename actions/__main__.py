"""`python -m actions`: the action server of Rasa's protocol, on loopback, without TensorFlow.

The stock command listens on every address; this one listens where VIGIL_ACTIONS_HOST and VIGIL_ACTIONS_PORT
say.
"""

from __future__ import annotations

import logging
import socket
import sys

from rasa_sdk.endpoint import create_app

import actions
from actions.settings import policy, settings


def main() -> int:
    """Serves until stopped. Returns 1 with one clear line when the port is taken or the policy cannot be
    read."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("rasa_sdk").setLevel(logging.WARNING)
    held = settings()
    try:
        policy()
    except (OSError, KeyError, ValueError) as error:
        print(
            f"actions: {held.policy_file} cannot be used ({error}): mend it and start again.", file=sys.stderr
        )
        return 1
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((held.host, held.port))
        except OSError as error:
            where = f"{held.host}:{held.port}"
            print(f"actions: cannot listen on {where} ({error}): set VIGIL_ACTIONS_PORT.", file=sys.stderr)
            return 1
        app = create_app(actions, cors_origins=None)
        app.run(sock=listener, workers=1, access_log=False, motd=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())

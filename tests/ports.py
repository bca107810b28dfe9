"""Ports for servers that tests start."""

from __future__ import annotations

import socket
from collections import deque

_KEPT = 250
_held: deque[socket.socket] = deque()


def free_port() -> int:
    """A port on loopback that nobody listens on. The test's server can listen there, and nobody else gets it meanwhile.

    A socket that is bound and does not listen keeps it: the system gives such a port to no other asker and to no outgoing
    call, in whatever process, but lets a server listen that says SO_REUSEADDR, as each of ours does. Without that, two test
    runs side by side could be given one port, and each would speak with the other's desk. The last 250 are kept.
    """
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    _held.append(keeper)
    if len(_held) > _KEPT:
        _held.popleft().close()
    port: int = keeper.getsockname()[1]
    return port

"""The desk's room, as the console's tests use it."""

from tests.console.conftest import CRY, Room, act, done, refused, reply, room

__all__ = ["CRY", "Room", "act", "done", "refused", "reply", "room"]

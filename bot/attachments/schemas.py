"""What the rooms hand each other of a photo or voice note."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kept:
    """A clean copy that lies encrypted on disk and belongs to nobody yet: `service.attach` gives it to a message.

    wire: what the message says of it; key: the file's own key, stored sealed.
    """

    id: str
    kind: str
    media_type: str
    size: int
    address: str
    key: str
    wire: dict[str, Any]


@dataclass(frozen=True)
class Opened:
    """The bytes as they are served."""

    kind: str
    media_type: str
    name: str
    content: bytes

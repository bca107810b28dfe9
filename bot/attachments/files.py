"""The files: encrypted under a key each, named by the SHA-256 of what lies there, in folders by its first two digits."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from bot.kit.ids import new_id


class Files:
    """root: a folder that no page is served from; made on first use, readable by the desk alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> tuple[str, str]:
        """(address, key) of `content`, which is on the disk when this returns."""
        key = Fernet.generate_key()
        sealed = Fernet(key).encrypt(content)
        address = hashlib.sha256(sealed).hexdigest()
        place = self._place(address)
        for folder in (
            self.root,
            place.parent,
        ):  # of those that it makes on the way mkdir asks the umask alone
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        half = place.with_name(f"{new_id()}.part")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        half.rename(place)
        return address, key.decode()

    def get(self, address: str, key: str) -> bytes | None:
        """The content, None when the file is damaged or the key is another one's. Raises FileNotFoundError."""
        sealed = self._place(address).read_bytes()
        try:
            return Fernet(key.encode()).decrypt(sealed)
        except (InvalidToken, ValueError):
            return None

    def remove(self, address: str) -> None:
        self._place(address).unlink(missing_ok=True)

    def _place(self, address: str) -> Path:
        if len(address) != 64 or not all(sign in "0123456789abcdef" for sign in address):
            raise ValueError("an address is a SHA-256 in hex")
        return self.root / address[:2] / address

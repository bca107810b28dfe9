"""Passwords: argon2id, checked in the same time whether the account exists or not."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.errors import Unprocessable

SHORTEST, LONGEST = 12, 200
# argon2-cffi's defaults: argon2id, 64 MiB, 3 passes, 4 lanes (RFC 9106, the second recommended choice).
_hasher = PasswordHasher()
# Each check takes 64 MiB: a flood of sign-ins waits here and does not take the memory
# or the other work's threads.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


def _bytes(password: str) -> bytes:
    """The same characters typed with another input method are the same password (NFKC)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def checked(password: str) -> str:
    """The password if it may be one. Raises Unprocessable `password_length`."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Unprocessable("password_length", shortest=SHORTEST, longest=LONGEST)
    return password


def one_time() -> str:
    """A random password of 96 bits, for an account's first sign-in."""
    return secrets.token_urlsafe(12)


def hash_now(password: str) -> str:
    """What is stored of a password; takes tens of milliseconds. Raises Unprocessable `password_length`."""
    return _hasher.hash(_bytes(checked(password)))


async def hash_password(password: str) -> str:
    """`hash_now` without holding up other work."""
    return await asyncio.get_running_loop().run_in_executor(_threads, hash_now, password)


@lru_cache(maxsize=1)
def _nobody() -> str:
    """The hash of a password that nobody knows: what the password of an unknown e-mail is compared with."""
    return _hasher.hash(secrets.token_bytes(32))


def _verify(stored: str | None, password: str) -> bool:
    try:
        matches = _hasher.verify(stored or _nobody(), _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return matches and stored is not None


async def verify(stored: str | None, password: str) -> bool:
    """Whether `password` is the one stored; None (no such account) takes as long and is never right."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, stored, password)


def outdated(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's and should be made anew."""
    return _hasher.check_needs_rehash(stored)

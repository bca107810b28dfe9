"""How often one may try to sign in: counted per e-mail, per address, and per both together.

From an address where the account has signed in before, only the pair is counted: somebody who guesses from
elsewhere cannot keep a safety agent out.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from sqlalchemy import case, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import TooMany
from bot.identity.models import SignInCounter
from bot.kit.database import Moment, UnitOfWork
from bot.kit.now import now
from bot.policy import policy
from bot.settings import settings

WINDOW = timedelta(minutes=15)
_PRUNED_AT_ONCE = 100


def keyed(*parts: str) -> str:
    """A hash that only this installation can make: addresses are few, a plain hash could be turned back."""
    secret = settings().secret.encode()
    return hmac.new(secret, "|".join(parts).encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def keys_of(email: str, address: str, *, known: bool) -> list[str]:
    """What is counted for this attempt. known: the account has signed in from this address before."""
    pair = keyed("pair", email, address)
    return [pair] if known else sorted([pair, keyed("email", email), keyed("address", address)])


async def count(uow: UnitOfWork, keys: list[str]) -> None:
    """Count one attempt under each key, before the check. Raises TooMany `sign_in_throttled`."""
    limit = policy().limits.sign_in_attempts_per_quarter_hour
    for key in keys:
        tries, left = await _add(uow, key)
        if tries > limit:
            seconds = max(1, round(left.total_seconds()))
            raise TooMany("sign_in_throttled", details={"retry_after_s": seconds}, minutes=-(-seconds // 60))
    await _prune(uow)


async def _add(uow: UnitOfWork, key: str) -> tuple[int, timedelta]:
    """(attempts in this window, time until it ends), in one statement so that parallel attempts all count."""
    start, cut = literal(now(), Moment()), now() - WINDOW
    over = SignInCounter.since <= cut
    insert = sqlite.insert if uow.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(SignInCounter)
        .values(key=key, since=now(), count=1)
        .on_conflict_do_update(
            index_elements=[SignInCounter.key],
            set_={
                "count": case((over, 1), else_=SignInCounter.count + 1),
                "since": case((over, start), else_=SignInCounter.since),
            },
        )
        .returning(SignInCounter.count, SignInCounter.since)
    )
    tries, since = (await uow.session.execute(statement)).one()
    return tries, since + WINDOW - now()


async def forgive(uow: UnitOfWork, keys: list[str]) -> None:
    """The attempt was right: it no longer counts."""
    for key in keys:
        query = update(SignInCounter).where(SignInCounter.key == key, SignInCounter.count > 0)
        await uow.session.execute(query.values(count=SignInCounter.count - 1))


async def _prune(uow: UnitOfWork) -> None:
    """Windows long over go; rows another attempt holds are left, so that two never wait for each other."""
    old = (
        select(SignInCounter.key)
        .where(SignInCounter.since <= now() - 2 * WINDOW)
        .limit(_PRUNED_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    await uow.session.execute(
        delete(SignInCounter).where(SignInCounter.key.in_(old)),
        execution_options={"synchronize_session": False},
    )

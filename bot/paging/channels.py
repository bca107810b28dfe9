"""Ways out: Apprise addresses, checked in words, and one message to one address within a time limit.

Apprise blocks, so each message has a thread of its own. The threads are daemons (a hung one must not hold up
the end of the process) and counted per way, so that a first channel that hangs cannot use up what the second
needs.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections import Counter
from dataclasses import dataclass

import apprise
import structlog

from bot.settings import Settings, settings

log = structlog.get_logger(__name__)
FIRST, SECOND = 0, 1
# Apprise gives up on a silent server after 4 s to connect or 4 s to read; the outbox's own limit is 24 s.
SEND_LIMIT_S = 5.0
# A first way that has not answered by then opens the second beside it: S0 is to be accepted within 15 s.
SLOW_S = 2.0
_THREADS_PER_WAY = 64
_NEXT_ADDRESS = re.compile(r"[\s,;]+(?=[A-Za-z0-9]{1,32}://)")
_running: Counter[int] = Counter()
_lock = threading.Lock()


class NotDelivered(Exception):
    """A message did not get out; the text says why and never holds the address."""


@dataclass(frozen=True)
class Outgoing:
    """A message: plain text without personal data. grave: shown as an alarm where the channel can."""

    title: str
    body: str
    grave: bool = True


def split(addresses: str) -> list[str]:
    """Comma-separated Apprise addresses → each; a comma inside an address (several recipients) stays in
    it."""
    return [one for one in _NEXT_ADDRESS.split(addresses.strip()) if one.strip(" ,;")]


def label(address: str) -> str:
    """What may be shown of an address: its kind."""
    kind, mark, _ = address.partition("://")
    return kind.strip().lower()[:32] if mark else "?"


def fingerprint(address: str) -> str:
    """Tells one address from another without holding it."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def wrong_with(address: str) -> str | None:
    """Why Apprise cannot use an address, as a sentence without its secret part; None when it can."""
    kind = label(address)
    if kind == "?":
        return "it is no Apprise address: it must look like mailto://…, json://… or feishu://…"
    if _built(address) is None:
        return f"Apprise cannot read this {kind}:// address: check it against Apprise's page for {kind}"
    return None


def team_ways(of: Settings | None = None) -> tuple[list[str], list[str]]:
    """The team's addresses: first way, second way. With only a second pager set, that is the first."""
    configured = of or settings()
    first, second = split(configured.pager), split(configured.second_pager)
    return (first, second) if first else (second, [])


def wrong_with_pagers(of: Settings) -> list[str]:
    """What is wrong with VIGIL_PAGER and VIGIL_SECOND_PAGER, each as a sentence that says what to do."""
    wrong = []
    for name, text in (("VIGIL_PAGER", of.pager), ("VIGIL_SECOND_PAGER", of.second_pager)):
        for number, address in enumerate(split(text), 1):
            if (why := wrong_with(address)) is not None:
                wrong.append(f"{name}, address {number}: {why}.")
    both = {fingerprint(one) for one in split(of.pager)} & {
        fingerprint(one) for one in split(of.second_pager)
    }
    if both:
        wrong.append(
            "VIGIL_SECOND_PAGER repeats an address of VIGIL_PAGER: set another channel, one that does not fail with the first."
        )
    return wrong


async def send(address: str, message: Outgoing, *, way: int = FIRST, limit_s: float = SEND_LIMIT_S) -> None:
    """Hand one message to one address. Raises NotDelivered when the channel refuses, breaks or takes more
    than `limit_s` seconds; after the limit the message may still arrive, so a repeat may double it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[str | None] = loop.create_future()
    with _lock:
        if _running[way] >= _THREADS_PER_WAY:
            raise NotDelivered(f"{_THREADS_PER_WAY} messages hang on this way already")
        _running[way] += 1

    def work() -> None:
        failure = _notify(address, message)
        with _lock:
            _running[way] -= 1
        try:
            loop.call_soon_threadsafe(_finish, done, failure)
        except RuntimeError:
            log.warning("message ended after the loop", channel=label(address))

    threading.Thread(target=work, name=f"pager-{way}", daemon=True).start()
    try:
        failure = await asyncio.wait_for(done, limit_s)
    except TimeoutError:
        raise NotDelivered(f"{label(address)} did not answer within {limit_s:g} s") from None
    if failure is not None:
        raise NotDelivered(failure)


async def tried(addresses: list[str], message: Outgoing) -> list[dict[str, str | None]]:
    """Send one message to each address side by side: `{kind, failure}` in their order, failure None where it was taken."""

    async def one(address: str) -> dict[str, str | None]:
        try:
            await send(address, message, way=SECOND)
        except NotDelivered as why:
            return {"kind": label(address), "failure": str(why)}
        return {"kind": label(address), "failure": None}

    return list(await asyncio.gather(*map(one, addresses)))


def _finish(done: asyncio.Future[str | None], failure: str | None) -> None:
    if not done.done():
        done.set_result(failure)


def _built(address: str) -> apprise.NotifyBase | None:
    asset = apprise.AppriseAsset(
        app_id="Vigil", app_desc="Vigil", app_url=settings().public_url, async_mode=False
    )
    try:
        return apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    except Exception:  # a plugin's own parser may raise anything
        return None


def _notify(address: str, message: Outgoing) -> str | None:
    """Runs in the thread: why it failed, or None."""
    channel = _built(address)
    if channel is None:
        return f"Apprise cannot read this {label(address)}:// address"
    kind = apprise.NotifyType.FAILURE if message.grave else apprise.NotifyType.INFO
    try:
        taken = channel.notify(title=message.title, body=message.body, notify_type=kind)
    except Exception as problem:  # whatever a plugin raises, the page did not get out
        return f"{label(address)} broke: {type(problem).__name__}"
    return None if taken else f"{label(address)} did not take the message"

"""`python -m bot serve`: the desk on its public port and the internal door on its own loopback port, in one process."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EADDRINUSE
from typing import Any

import structlog
import uvicorn
from pydantic import ValidationError

from bot.app import Desk, build, running
from bot.chat import first_words
from bot.identity import service as identity
from bot.kit.database import Database
from bot.kit.due import fire_due
from bot.kit.vault import check_secret
from bot.paging import service as paging
from bot.reports import tasks as report_tasks
from bot.settings import Settings, settings

_BOT = ".venv/bin/python -m bot"


def configure_logs(chosen: Settings) -> None:
    """JSON lines in production, readable lines else; never message texts."""
    renderer = (
        structlog.dev.ConsoleRenderer(colors=False) if chosen.demo else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info, renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )  # fmt: skip


async def prepare_demo(chosen: Settings, database: Database) -> None:
    """Demo staff and rota on first start; their one-time passwords go to var/demo-sign-ins.txt, readable by the owner."""
    async with database.unit_of_work() as uow:
        made = await identity.ensure_demo_staff(uow)
        await paging.ensure_demo_rota(uow)
    if made:
        file = chosen.var / "demo-sign-ins.txt"
        file.write_text(
            "".join(f"{email}\t{password}\t{', '.join(roles)}\n" for email, password, roles in made)
        )
        file.chmod(0o600)


async def refuse_demo_accounts(database: Database) -> list[str]:
    """Production starts neither on demo accounts nor with nobody on call for safety."""
    wrong = []
    async with database.reading() as session:
        if await identity.has_demo_accounts(session):
            wrong.append(
                f"Demo accounts exist in this database: disable them with `{_BOT} staff disable EMAIL` "
                f"(`{_BOT} staff list` names them)."
            )
        if await paging.rota_is_empty_now(session):
            wrong.append(
                f"Nobody is on call for safety: add people with `{_BOT} staff add EMAIL --name NAME --role safety`, then "
                f"fill the rota with `{_BOT} page load data/rota.yml`."
            )
    return wrong


async def check(chosen: Settings) -> int:
    """Would the desk start? Returns 0, or 2 with sentences; nothing is written and nothing listens."""
    first_words.check()
    desk = build(chosen)
    try:
        await check_secret(desk.database)
        return await _refused(desk)
    finally:
        await desk.database.close()


async def _refused(desk: Desk) -> int:
    wrong = [] if desk.settings.demo else await refuse_demo_accounts(desk.database)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
    return 2 if wrong else 0


async def serve(chosen: Settings) -> int:
    first_words.check()
    desk = build(chosen)
    await check_secret(desk.database)
    if chosen.demo:
        await prepare_demo(chosen, desk.database)
    async with desk.database.unit_of_work() as uow:
        await paging.start(uow)
        await report_tasks.start(uow)
    if refused := await _refused(desk):
        return refused
    # What fell due while no desk was up rings before the doors open: behind them everybody who waited comes at once.
    await fire_due(desk.database)
    async with running(desk):
        servers = [
            _Server(_config(desk.asgi, chosen.host, chosen.port, chosen.trusted_proxies)),
            _Server(_config(desk.internal, "127.0.0.1", chosen.internal_port)),
        ]
        await _until_told(servers)
    return 0


def _config(app: Any, host: str, port: int, trusted: str = "") -> uvicorn.Config:
    return uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=3, lifespan="off",
        ws_max_size=262144, server_header=False, proxy_headers=bool(trusted), forwarded_allow_ips=trusted or None,
    )  # fmt: skip


class _Server(uvicorn.Server):
    """uvicorn raises the signal again when it leaves, which would end the process before the workers have stopped; here
    the signals are ours. And it exits where it cannot listen, from inside a task; here that is an OSError."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:
            self.should_exit = True
            raise OSError(
                EADDRINUSE,
                "nobody can listen here; end what uses it, or choose another port",
                f"Port {self.config.port}",
            ) from None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _until_told(servers: list[_Server]) -> None:
    """Serve until SIGTERM, SIGINT, or until one of the servers cannot go on. Raises OSError for a port in use."""

    def leave() -> None:
        for server in servers:
            server.should_exit = True

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, leave)
    tasks = [asyncio.create_task(server.serve()) for server in servers]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    leave()
    await asyncio.wait(tasks)
    await asyncio.gather(*tasks)


def main(argv: list[str]) -> int:
    """Returns the exit status: 2 with sentences on standard error when the configuration must not start. Raises what the
    database, the system and the data files raise; `bot.__main__` says it in a sentence."""
    parser = argparse.ArgumentParser(prog="python -m bot serve", description=__doc__)
    parser.add_argument("--check", action="store_true", help="say whether the desk would start, and end")
    work = check if parser.parse_args(argv).check else serve
    chosen = settings()
    configure_logs(chosen)
    chosen.var.mkdir(parents=True, exist_ok=True)
    try:
        return asyncio.run(work(chosen))
    except ValidationError:
        raise
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2

"""`python -m bot serve`: the desk on its public port and the internal door on its own loopback port, in one process."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
import uvicorn
from pydantic import ValidationError

from bot.app import build, running
from bot.identity import service as identity
from bot.kit.database import Database
from bot.paging import service as paging
from bot.reports import tasks as report_tasks
from bot.settings import Settings, settings


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
                "Demo accounts exist in this database: disable them (python -m bot staff disable EMAIL)."
            )
        if await paging.rota_is_empty_now(session):
            wrong.append("Nobody is on call for safety: fill the rota before you start.")
    return wrong


async def serve(chosen: Settings) -> int:
    desk = build(chosen)
    if chosen.demo:
        await prepare_demo(chosen, desk.database)
    async with desk.database.unit_of_work() as uow:
        await paging.start(uow)
        await report_tasks.start(uow)
    if not chosen.demo and (wrong := await refuse_demo_accounts(desk.database)):
        print("\n".join(wrong), file=sys.stderr)
        return 2
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
    the signals are ours."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _until_told(servers: list[_Server]) -> None:
    """Serve until SIGTERM, SIGINT, or until one of the servers cannot go on (a port in use)."""

    def leave() -> None:
        for server in servers:
            server.should_exit = True

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, leave)
    tasks = [asyncio.create_task(server.serve()) for server in servers]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    leave()
    await asyncio.gather(*tasks)


def main(argv: list[str]) -> int:
    """Returns the exit status: 2 with sentences on standard error when the configuration must not start."""
    chosen = settings()
    configure_logs(chosen)
    chosen.var.mkdir(parents=True, exist_ok=True)
    try:
        return asyncio.run(serve(chosen))
    except (ValueError, ValidationError) as problem:
        print(problem, file=sys.stderr)
        return 2

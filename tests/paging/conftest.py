"""Real receivers for pages (a webhook and a mail server on loopback), staff, and a way to set the pager
addresses."""

from __future__ import annotations

import email
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from email.policy import default as mail_policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bot.identity.models import StaffAccount
from bot.kit.database import Database, Event
from bot.kit.now import now
from bot.kit.outbox import deliver_waiting
from bot.paging import editing
from bot.paging.delivery import Pager
from bot.paging.schemas import ShiftBody
from bot.settings import settings


class Hook:
    """A webhook receiver. statuses: answers to give, the last for ever; hold: set to let requests end."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.statuses, self.hold = [200], threading.Event()
        self.hold.set()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.hold.wait(20)
                status = hook.statuses.pop(0) if len(hook.statuses) > 1 else hook.statuses[0]
                if status == 200:
                    hook.got.append({**body, "path": self.path})
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def address(self, name: str = "team") -> str:
        return f"json://127.0.0.1:{self._server.server_port}/{name}?cto=5&rto=15"

    def at(self, name: str) -> list[str]:
        return [one["message"] for one in self.got if one["path"] == f"/{name}"]

    def close(self) -> None:
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()


class _Inbox:
    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self._mail.refuse:
            return "451 try again later"
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self._mail.got.append(email.message_from_bytes(content, policy=mail_policy))
        return "250 kept"


@dataclass
class Mail:
    """A mail server."""

    got: list[Any] = field(default_factory=list)
    refuse: bool = False
    port: int = 0

    def address(self, to: str = "duty@vigil.example") -> str:
        return f"mailto://127.0.0.1:{self.port}/?from=pager@vigil.example&to={to}&mode=insecure"

    @property
    def bodies(self) -> list[str]:
        return [one.get_body(("plain", "html")).get_content() for one in self.got]


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()
    yield made
    made.close()


@pytest.fixture
def mail(ports: Callable[[], int]) -> Iterator[Mail]:
    made = Mail(port=ports())
    controller = Controller(_Inbox(made), hostname="127.0.0.1", port=made.port)
    controller.start()
    yield made
    controller.stop()


@pytest.fixture
def pagers(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Set the team's addresses: first way, second way."""

    def put(first: str, second: str) -> None:
        monkeypatch.setattr(settings(), "pager", first)
        monkeypatch.setattr(settings(), "second_pager", second)

    put("", "")
    return put


@dataclass
class House:
    """The staff of a test, and what the desk published."""

    database: Database
    events: list[Event] = field(default_factory=list)

    async def hire(self, who: str, *roles: str, in_house: bool = True, locale: str = "en") -> str:
        async with self.database.unit_of_work() as uow:
            uow.session.add(
                StaffAccount(
                    id=who,
                    email=f"{who}@vigil.example",
                    name=who.title(),
                    password_hash="-",
                    roles=list(roles),
                    in_house=in_house,
                    locale=locale,
                    languages=["zh", "en"],
                    demo=False,
                    presence="online",
                    last_seen_at=None,
                    created_at=now(),
                    disabled_at=None,
                )
            )
        return who

    async def always(self, **who: str) -> None:
        """Put people on call round the clock: team → names separated by blanks."""
        async with self.database.unit_of_work() as uow:
            uow.session.add_all(
                editing.row_of(
                    ShiftBody(
                        team=team,
                        staff_id=one,
                        days=list(range(7)),
                        start="00:00",
                        end="24:00",
                        zone="Asia/Shanghai",
                    )
                )
                for team, names in who.items()
                for one in names.split()
            )

    def of(self, topic: str) -> list[dict[str, Any]]:
        return [event.data for event in self.events if event.topic == topic]

    async def carry_out(self) -> int:
        """Deliver all that is waiting now, what comes up on the way included."""
        total = 0
        while count := await deliver_waiting(self.database):
            total += count
        return total


@pytest.fixture
async def house(database: Database, pagers: Callable[[str, str], None]) -> House:
    """Ann and Bob (safety), Sue (supervisor) and Lee (liaison) are on call; Out is an outsourced agent, Zoe
    off duty."""
    made = House(database)
    for who, role in (("ann", "safety"), ("bob", "safety"), ("zoe", "safety"), ("sue", "supervisor")):
        await made.hire(who, role, locale="zh" if who == "bob" else "en")
    await made.hire("lee", "police_liaison")
    await made.hire("out", "agent", in_house=False)
    await made.always(safety="ann bob", supervisor="sue", senior="sue", liaison="lee", support="out")

    async def keep(event: Event) -> None:
        made.events.append(event)

    database.subscribers.append(keep)
    Pager(database, limit_s=5.0).register()
    return made


Call = Callable[..., Awaitable[int]]


@pytest.fixture
def call(house: House) -> Call:
    """Page about a case, as the incidents do."""
    from bot.paging import service

    async def made(step: int = 0, grade: str = "S0", subject: str = "case-1", **more: Any) -> int:
        asked: dict[str, Any] = {
            "team": "safety",
            "widen": False,
            "everyone": False,
            "reference": "VG-7KD-M42",
            "headline": {"zh": "乘客有危险", "en": "Passenger in danger"},
            **more,
        }
        async with house.database.unit_of_work() as uow:
            return await service.page(uow, subject=subject, grade=grade, step=step, **asked)

    return made

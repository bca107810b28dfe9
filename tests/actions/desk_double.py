"""The desk's internal door as a real HTTP server that answers by the contract and keeps what it was told."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class RecordingDesk:
    """`heard` holds (door, body) in order. An idempotency key that comes again gets the first answer and
    is not kept twice."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.cases: list[dict[str, Any]] = []
        self.clear()

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def clear(self) -> None:
        self.heard.clear()
        self.cases.clear()
        self._answers: dict[tuple[str, str, str, str], tuple[int, dict[str, Any]]] = {}
        self.open_now = True
        self.broken = False
        self.due_at: datetime | None = datetime.now(timezone.utc) + timedelta(minutes=30)

    def told(self, door: str) -> list[dict[str, Any]]:
        return [body for heard, body in self.heard if heard == door]

    @property
    def acts(self) -> list[str]:
        return [body["act"] for body in self.told("acts")]

    def _due(self) -> str | None:
        return self.due_at.isoformat().replace("+00:00", "Z") if self.due_at else None

    def _answer(self, door: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if door == "incidents":
            return 200, {
                "reference": "V-1",
                "texts": ["The safety team has been alerted; nobody has joined yet."],
            }
        if door == "cases":
            return 200, {"reference": "V-2", "due_at": self._due(), "holder": "assistant"}
        if door == "hand-over":
            opens = None if self.open_now else self._due()
            return 200, {"holder": "queue", "position": 2, "open_now": self.open_now, "opens_at": opens}
        if door == "watches":
            return 200, {"id": "w1", "due_at": self._due()}
        return (
            (204, {})
            if door in ("identity", "acts")
            else (404, {"error": {"code": "not_found", "message": door}})
        )

    def _handler(desk) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                self._send(200, {"cases": desk.cases})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.headers.get("X-Vigil-Secret") != desk._secret:
                    self._send(401, {"error": {"code": "unauthorized", "message": "wrong secret"}})
                    return
                if desk.broken:
                    self._send(500, {"error": {"code": "broken", "message": "told to fail"}})
                    return
                _, _, _, conversation, door = self.path.split("/")
                key = (conversation, door, body["message_id"], body["action"])
                if key not in desk._answers:
                    desk._answers[key] = desk._answer(door, body)
                    desk.heard.append((door, body))
                self._send(*desk._answers[key])

            def _send(self, status: int, body: dict[str, Any]) -> None:
                sent = b"" if status == 204 else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

        return Handler

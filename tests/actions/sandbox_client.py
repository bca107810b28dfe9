"""Reads of the sandbox that tests check against: what the platform itself holds."""

from __future__ import annotations

import re
from typing import Any

import requests


class Sandbox:
    """The platform as an outsider with the key sees it, and its demo switches."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self._headers = url, {"X-Platform-Key": key}

    def get(self, path: str, **params: str) -> dict[str, Any]:
        answer = requests.get(self.url + path, params=params, headers=self._headers, timeout=30)
        answer.raise_for_status()
        return answer.json()  # type: ignore[no-any-return]

    def trip(self, trip_id: str) -> dict[str, Any]:
        return self.get(f"/trips/{trip_id}")

    def lost_items(self, trip_id: str) -> list[dict[str, Any]]:
        return self.get(f"/trips/{trip_id}/lost-items")["lost_items"]  # type: ignore[no-any-return]

    def refunds(self, trip_id: str) -> list[dict[str, Any]]:
        return self.get(f"/trips/{trip_id}/refunds")["refunds"]  # type: ignore[no-any-return]

    def outbox(self, kind: str) -> list[dict[str, Any]]:
        """What was sent (code, push, call_request, mail …), newest first."""
        return [sent for sent in self.get("/demo/state")["outbox"] if sent["kind"] == kind]

    def code(self) -> str:
        """The one-time code sent last."""
        found = re.search(r"\d{6}", self.outbox("code")[0]["text"])
        assert found
        return found.group()

    def break_with(self, **faults: Any) -> None:
        requests.post(f"{self.url}/demo/faults", json=faults, timeout=30).raise_for_status()

    def demo(self, path: str, **body: Any) -> None:
        """A demo switch: what the driver or the next passenger answers, how a ride goes on."""
        requests.post(f"{self.url}/demo{path}", json=body, timeout=30).raise_for_status()

    def reset(self) -> None:
        requests.post(f"{self.url}/demo/reset", timeout=30).raise_for_status()

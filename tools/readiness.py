"""Is the desk ready? Asked at /readyz, which names every part."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from typing import Any


def waiting_for(url: str, timeout_s: float = 3.0) -> list[str]:
    """What is not ready yet, each with what it says; empty when all is green."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"{url}/readyz", timeout=timeout_s):
            return []
    except urllib.error.HTTPError as answer:
        with answer:
            return _parts(answer.read()) or [f"desk (answers {answer.code})"]
    except (OSError, http.client.HTTPException):
        return ["desk (does not answer yet)"]


def _parts(body: bytes) -> list[str]:
    try:
        parts: Any = json.loads(body)["parts"]
        return [f"{name} ({part.get('says', '')})" for name, part in parts.items() if not part["ok"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []

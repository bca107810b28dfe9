"""The built pages as they are served: which build they are, and how long a browser may keep them."""

from __future__ import annotations

from typing import Any, Literal

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from bot.settings import settings

_VERSION = {"widget": "version.txt", "console": "console/version.txt"}


def version(page: Literal["widget", "console"]) -> str:
    """The build of a page that this desk serves now, empty when it is not built.

    Read each time: pages can be built anew under a running desk, and the file is one line.
    """
    try:
        return (settings().web / _VERSION[page]).read_text(encoding="ascii").strip()
    except OSError:
        return ""


class Pages(StaticFiles):
    """The folder of built pages. A browser asks again for whatever keeps its name from build to build (`widget.js`):
    a page that is loaded anew must get the new one. Names under `assets/` carry a digest of what is in them."""

    async def get_response(self, path: str, scope: Any) -> Response:
        response = await super().get_response(path, scope)
        named = "/assets/" in f"/{path}"
        kept = "public, max-age=31536000, immutable" if named else "no-cache"
        response.headers.setdefault("Cache-Control", kept)
        return response

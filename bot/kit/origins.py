"""Which pages may open a socket here: the desk's own, and those of the company that carry the widget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit


class Origins:
    """allowed: origins of other sites' pages (`https://www.company.example`), `*` for any; public_url: where the desk is.

    To allow other pages takes nothing from the desk's own: they are known by the address that this request was sent to, for
    a desk may be reached under several.
    """

    def __init__(self, allowed: Sequence[str], public_url: str) -> None:
        self._any = "*" in allowed
        self._named = {one.rstrip("/").lower() for one in allowed}
        self._home = urlsplit(public_url).netloc.lower()

    def __call__(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Whether a page of `origin` may; environ: the request as WSGI names its headers."""
        if origin is None or self._any or origin.lower() in self._named:
            return True
        asked = str(environ.get("HTTP_HOST", "")).lower()
        # A proxy tells the address that the browser asked for; no page can make a browser send this header.
        forwarded = str(environ.get("HTTP_X_FORWARDED_HOST", "")).split(",")[0].strip().lower()
        # The scheme is left out: behind a proxy that ends TLS only the browser knows it.
        return urlsplit(origin).netloc.lower() in {self._home, asked, forwarded} - {""}

"""Parts of what is served (RFC 9110, 14): some browsers play no sound from a door that does not give them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fastapi import Request, Response

_ONE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_DIGITS = 18  # more bytes than any file has; a longer number is not worth reading


def ranged(request: Request, content: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """The content, or the one part of it that the request asks for: 206 with where it lies, 416 where nothing lies.

    A request for several parts, one that cannot be read, and one that holds only for a version it names get the whole, as the
    standard allows.
    """
    size = len(content)
    common = {**headers, "Accept-Ranges": "bytes"}
    asked = None if "if-range" in request.headers else request.headers.get("range")
    found = _bounds(asked, size) if asked else None
    if found is None:
        return Response(content, media_type=media_type, headers=common)
    first, last = found
    if first > last:
        return Response(status_code=416, headers={**common, "Content-Range": f"bytes */{size}"})
    where = {"Content-Range": f"bytes {first}-{last}/{size}"}
    return Response(content[first : last + 1], 206, {**common, **where}, media_type)


def _bounds(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte, in order unless there is nothing there; None for what is not one readable range."""
    match = _ONE.fullmatch(asked.replace(" ", ""))
    if match is None or max(map(len, match.groups())) > _DIGITS:
        return None
    begin, end = match.groups()
    if not begin:
        return (max(0, size - int(end)), size - 1 if int(end) else -1) if end else None
    if end and int(end) < int(begin):
        return None
    return int(begin), min(int(end), size - 1) if end else size - 1

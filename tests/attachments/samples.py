"""Files as people and their devices make them, and as those with bad intent do. Made here, so that nothing binary is kept."""

from __future__ import annotations

import io
import math
import struct
import zlib
from array import array
from typing import Any

import av
from PIL import Image

EXECUTABLE = b"MZ\x90\x00" + bytes(60) + b"This program cannot be run in DOS mode." + bytes(400)
_RATE = 48_000
_GPS, _MAKE = 0x8825, 0x010F


def photo(width: int = 320, height: int = 240, *, form: str = "JPEG", rotated: bool = False) -> bytes:
    """A picture with a position, a maker's name and a comment in it."""
    made = Image.new("RGB", (width, height), "white")
    made.paste((200, 30, 30), (0, 0, width // 2, height // 2))
    exif = made.getexif()
    exif[_MAKE] = "SecretPhoneMaker"
    exif.get_ifd(_GPS).update({1: "N", 2: (30.0, 16.0, 26.9), 3: "E", 4: (120.0, 9.0, 18.5)})
    if rotated:
        exif[0x0112] = 6
    out = io.BytesIO()
    extra: dict[str, Any] = {"comment": b"SecretComment"} if form == "JPEG" else {}
    made.save(out, form, exif=exif, **extra)
    return out.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """A PNG of a few kilobytes that says it is `side` × `side`."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(2_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def voice(seconds: float = 2.0, *, container: str = "webm", codec: str = "libopus") -> bytes:
    """A tone as a browser records it (webm/Opus, mp4/AAC), with a title that a phone might write."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as file:
        file.metadata["title"] = "SecretTitle"
        stream = file.add_stream(codec, rate=_RATE)
        stream.layout = "mono"
        resampler = av.AudioResampler(stream.format, "mono", _RATE, stream.frame_size)
        left, at = int(seconds * _RATE), 0
        while left > 0:
            count = min(left, _RATE)
            tone = array("h", (int(9_000 * math.sin((at + n) / 20)) for n in range(count)))
            frame = av.AudioFrame(format="s16", layout="mono", samples=count)
            frame.planes[0].update(tone.tobytes())
            frame.sample_rate, frame.pts = _RATE, at
            for ready in resampler.resample(frame):
                file.mux(stream.encode(ready))
            left, at = left - count, at + count
        for ready in resampler.resample(None):
            file.mux(stream.encode(ready))
        file.mux(stream.encode(None))
    return out.getvalue()


def video() -> bytes:
    """A short film in the container that voice notes come in too."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            file.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        file.mux(stream.encode(None))
    return out.getvalue()


def tags_of(content: bytes) -> dict[str, Any]:
    """Everything that a picture says beside its pixels."""
    with Image.open(io.BytesIO(content)) as found:
        return {"exif": dict(found.getexif()), "size": found.size, **found.info}

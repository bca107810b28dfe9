"""`python -m bot.attachments.decode SOURCE TARGET LIMITS`: a process of its own that opens what a stranger sent.

Decoders of pictures and sound are large and read hostile bytes: they run here, with little memory and time, so that one
that crashes or hangs takes nothing of the desk with it. Writes a clean copy to TARGET (pixels and sound only: no position,
no device, no name, nothing behind the picture) and one line of JSON to standard output: what it is, or why it is refused.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

# Containers by their first bytes (EBML, Ogg, ISO base media): the name and the declared type of a file are not believed.
_EBML, _OGG, _ISO = b"\x1aE\xdf\xa3", b"OggS", b"ftyp"
_PHOTOS = ("JPEG", "PNG", "WEBP")
# What is made smaller without loss of quality as it is; of a palette only the nearest colours would stay.
_SMOOTH = ("RGB", "L")
# codec → (container that browsers play, its media type)
_VOICES = {"opus": ("webm", "audio/webm"), "aac": ("mp4", "audio/mp4")}
_QUALITY = 85
_MEMORY = 1024**3
_SECONDS = 20


class RefusedFile(Exception):
    """code: the error's name in data/texts/attachments.yml."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def container_of(head: bytes) -> str | None:
    """FFmpeg's name of the sound container that begins like this, None for anything else."""
    if head.startswith(_EBML):
        return "matroska"
    if head.startswith(_OGG):
        return "ogg"
    return "mp4" if head[4:8] == _ISO else None


def copy(source: Path, target: Path, limits: dict[str, Any]) -> dict[str, Any]:
    """Write a clean copy. Raises RefusedFile for what is no photo or voice note, is broken, or is over a limit."""
    with source.open("rb") as file:
        container = container_of(file.read(16))
    if container is not None:
        return _voice(source, target, container, limits)
    return _photo(source, target, limits)


def _photo(source: Path, target: Path, limits: dict[str, Any]) -> dict[str, Any]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = limits["photo_pixels"]
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(source, formats=_PHOTOS) as found:
            # The size stands in the header: a picture that would fill the memory is refused before it is unpacked.
            if found.width * found.height > limits["photo_pixels"]:
                raise RefusedFile("attachment_too_many_pixels")
            found.verify()
        with Image.open(source, formats=_PHOTOS) as found:
            side = limits["photo_side"]
            found.draft("RGB", (side, side))
            # Made small before it is turned and copied: a large one would not fit in the memory twice.
            small = found if found.mode in _SMOOTH else found.convert("RGBA")
            small.thumbnail((side, side))
            upright = ImageOps.exif_transpose(small).convert("RGBA")
    except UnidentifiedImageError as problem:
        raise RefusedFile("attachment_kind") from problem
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as problem:
        raise RefusedFile("attachment_too_many_pixels") from problem
    except MemoryError as problem:
        raise RefusedFile("attachment_too_big_to_open") from problem
    except (OSError, SyntaxError, ValueError, IndexError, KeyError) as problem:
        raise RefusedFile("attachment_broken") from problem
    # A new picture takes the pixels alone; whatever else the file carried is not copied.
    clean = Image.new("RGB", upright.size, "white")
    clean.paste(upright, mask=upright.getchannel("A"))
    clean.save(target, "JPEG", quality=_QUALITY, optimize=True)
    return {"kind": "photo", "media_type": "image/jpeg", "width": clean.width, "height": clean.height}


def _voice(source: Path, target: Path, container: str, limits: dict[str, Any]) -> dict[str, Any]:
    import av

    av.logging.set_level(None)
    try:
        with av.open(str(source), format=container) as file:
            if any(True for stream in file.streams.video):
                raise RefusedFile("attachment_kind")
            if len(file.streams.audio) != 1 or file.streams.audio[0].codec_context.name not in _VOICES:
                raise RefusedFile("attachment_kind")
            stream = file.streams.audio[0]
            out_format, media_type = _VOICES[stream.codec_context.name]
            length = _copy_sound(av, file, stream, target, out_format, limits["voice_s"])
        with av.open(str(target)) as made:
            if next(made.decode(audio=0), None) is None:
                raise RefusedFile("attachment_broken")
    except (av.FFmpegError, OSError, ValueError, StopIteration) as problem:
        raise RefusedFile("attachment_broken") from problem
    if length <= 0:
        raise RefusedFile("attachment_broken")
    return {"kind": "voice", "media_type": media_type, "duration_s": round(length, 1)}


def _copy_sound(av: Any, file: Any, stream: Any, target: Path, out_format: str, longest_s: float) -> float:
    """The packets of the sound, from zero on, into a new container; returns the length in seconds."""
    length, begin = 0.0, None
    with av.open(str(target), "w", format=out_format) as made:
        out = made.add_stream_from_template(stream)
        for packet in file.demux(stream):
            if packet.dts is None or packet.pts is None:
                continue
            begin = packet.pts if begin is None else begin
            end = float((packet.pts - begin + (packet.duration or 0)) * packet.time_base)
            if end > longest_s + 1.0:
                raise RefusedFile("voice_too_long")
            length = max(length, end)
            packet.pts, packet.dts = packet.pts - begin, packet.dts - begin
            packet.stream = out
            made.mux(packet)
    return length


def main(arguments: list[str]) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    source, target, limits = Path(arguments[0]), Path(arguments[1]), json.loads(arguments[2])
    try:
        print(json.dumps(copy(source, target, limits)))
    except RefusedFile as refused:
        print(json.dumps({"refused": refused.code}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

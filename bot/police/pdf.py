"""The data pack as a PDF, in Chinese and English side by side, every page marked. Pure: the pack goes in, bytes come out."""

from __future__ import annotations

import importlib.util
import io
from datetime import datetime
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.graphics.shapes import Circle, Drawing, PolyLine
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from bot.kit.locale import has_text, say

_MARGIN = 16 * mm
_FONT_PACKAGE, _FONT_FILE = "paperang_p2_fonts_cjk", "fonts/wqy-microhei.ttc"
_INK, _SOFT, _LINE, _MARK = (colors.HexColor(one) for one in ("#18202b", "#55606f", "#ccd3dc", "#d9dee5"))
_WIDTH = A4[0] - 2 * _MARGIN
_MAP_HEIGHT = 70 * mm
_FEWEST_POINTS = 2
_MARKED = ("reference", "unit", "officer", "badge", "released_by", "at")


@lru_cache(maxsize=1)
def _font() -> str:
    """A font with both scripts, embedded in the file so that it reads the same everywhere; without the package that brings it,
    the one that readers of PDF know by name."""
    found = importlib.util.find_spec(_FONT_PACKAGE)
    if found is not None and found.submodule_search_locations:
        file = Path(next(iter(found.submodule_search_locations))) / _FONT_FILE
        pdfmetrics.registerFont(TTFont("pack", str(file), subfontIndex=0))
        return "pack"
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"


def both(key: str) -> str:
    """A label in both languages; a name that no text has stands for itself."""
    full = f"police.pdf.{key}"
    return f"{say(full, 'zh')} {say(full, 'en')}" if has_text(full) else key.replace("_", " ")


def mark_of(pack: dict[str, Any]) -> str:
    """The watermark: request, unit, who releases it, when."""
    mark = pack["watermark"]
    return f"{mark['reference']} · {mark['unit']} · {mark['released_by']} · {mark['at']}"


def render(pack: dict[str, Any]) -> bytes:
    """The PDF of a pack (`pack.gather`)."""
    file = io.BytesIO()
    document = BaseDocTemplate(
        file, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=22 * mm,
        title=f"{pack['reference']}", author="Vigil", subject=mark_of(pack),
    )  # fmt: skip
    frame = Frame(_MARGIN, 22 * mm, _WIDTH, A4[1] - _MARGIN - 22 * mm, 0, 0, 0, 0)
    mark = mark_of(pack)

    def marked(canvas: Canvas, _document: BaseDocTemplate) -> None:
        _mark(canvas, mark)

    document.addPageTemplates(PageTemplate(frames=[frame], onPage=marked))
    document.build(_story(pack))
    return file.getvalue()


def _mark(canvas: Canvas, mark: str) -> None:
    """Behind the text across the page, so that no photo of a part of it is without; and in full at the foot."""
    canvas.saveState()
    canvas.setFillColor(_MARK)
    canvas.setFont(_font(), 15)
    canvas.rotate(32)
    for step in range(-2, 9):
        canvas.drawString(20 * mm, step * 42 * mm, f"{mark}     {mark}")
    canvas.restoreState()
    canvas.saveState()
    canvas.setFont(_font(), 8)
    canvas.setFillColor(_SOFT)
    canvas.drawString(_MARGIN, 14 * mm, mark)
    canvas.drawString(_MARGIN, 10 * mm, both("only_for"))
    canvas.drawRightString(A4[0] - _MARGIN, 14 * mm, str(canvas.getPageNumber()))
    canvas.restoreState()


def _style(size: float, *, color: colors.Color = _INK, after: float = 0) -> ParagraphStyle:
    return ParagraphStyle(
        "pack",
        fontName=_font(),
        fontSize=size,
        leading=size * 1.4,
        textColor=color,
        spaceAfter=after,
        wordWrap="CJK",
    )


def _story(pack: dict[str, Any]) -> list[Flowable]:
    mark = pack["watermark"]
    story: list[Flowable] = [
        Paragraph(both("title"), _style(17, after=4)),
        _facts([(both(name), mark[name]) for name in _MARKED if mark[name]]),
    ]  # fmt: skip
    if pack["stale"]:
        story.append(
            Paragraph(
                f"{both('stale')} {pack['seen_at'] or ''}", _style(10, color=colors.HexColor("#93201a"))
            )
        )
    if pack["missing"]:
        told = ", ".join(both(f"missing_{one}") for one in pack["missing"])
        story.append(
            Paragraph(f"{both('missing')}: {escape(told)}", _style(10, color=colors.HexColor("#93201a")))
        )
    zone = (pack.get("trip") or {}).get("timezone") or "UTC"
    for section in pack["sections"]:
        story += [Spacer(1, 4 * mm), Paragraph(both(f"section_{section}"), _style(13, after=3))]
        story += _section(section, pack[section], zone)
    return story


def _section(name: str, told: Any, zone: str) -> list[Flowable]:
    if name == "route":
        lines = [told["planned"], told["driven"]]
        if max(len(line) for line in lines) < _FEWEST_POINTS:
            return [Paragraph(both("nothing"), _style(10))]
        return [Paragraph(both("route_note"), _style(9, color=_SOFT, after=2)), _sketch(*lines)]
    if name == "positions":
        points = [*told["driven"]][::-1] or [one for one in (told["last"],) if one]
        rows = [
            [_time(one["at"], zone), f"{one['lat']:.5f}", f"{one['lng']:.5f}", _number(one.get("speed_kmh"))]
            for one in points
        ]
        return _table([f"{both('time')} ({zone})", both("lat"), both("lng"), both("speed")], rows)
    if name == "contacts":
        rows = [
            [both(f"role_{one['role']}"), one["name"], one["phone"], one["relation"] or ""] for one in told
        ]
        return _table([both("role"), both("name"), both("phone"), both("relation")], rows)
    return [
        _facts(
            [(both(key), _words(value, zone)) for key, value in told.items() if value not in (None, "", [])]
        )
    ]


def _facts(rows: list[tuple[str, str]]) -> Table:
    label, value = _style(9.5, color=_SOFT), _style(10)
    made = Table(
        [[Paragraph(escape(name), label), Paragraph(escape(str(text)), value)] for name, text in rows]
        or [["", ""]],
        colWidths=[58 * mm, _WIDTH - 58 * mm],
    )
    made.setStyle(
        TableStyle([("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")])
    )
    return made


def _table(head: list[str], rows: list[list[str]]) -> list[Flowable]:
    if not rows:
        return [Paragraph(both("nothing"), _style(10))]
    title, cell = _style(9, color=_SOFT), _style(9.5)
    body = [[Paragraph(escape(str(text)), cell) for text in row] for row in rows]
    made = Table(
        [[Paragraph(escape(text), title) for text in head], *body],
        colWidths=[_WIDTH / len(head)] * len(head),
        repeatRows=1,
    )
    made.setStyle(
        TableStyle([
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE), ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ])
    )  # fmt: skip
    return [made]


def _sketch(planned: list[dict[str, Any]], driven: list[dict[str, Any]]) -> Drawing:
    """The planned way grey, the driven way dark with its last point; north is up, both axes in one scale of degrees."""
    points = [*planned, *driven]
    west, south = min(one["lng"] for one in points), min(one["lat"] for one in points)
    wide, high = max(one["lng"] for one in points) - west, max(one["lat"] for one in points) - south
    scale = min(_WIDTH / (wide or 1e-6), _MAP_HEIGHT / (high or 1e-6)) * 0.94
    drawing = Drawing(_WIDTH, _MAP_HEIGHT)

    def flat(line: list[dict[str, Any]]) -> list[float]:
        return [
            part
            for one in line
            for part in (6 + (one["lng"] - west) * scale, 6 + (one["lat"] - south) * scale)
        ]

    for line, color, width in ((planned, _LINE, 3), (driven, _INK, 1.6)):
        if len(line) >= _FEWEST_POINTS:
            drawing.add(PolyLine(flat(line), strokeColor=color, strokeWidth=width))
    if driven:
        x, y = flat(driven[-1:])
        drawing.add(Circle(x, y, 4, fillColor=colors.HexColor("#b3261e"), strokeColor=None))
    return drawing


def _number(value: Any) -> str:
    return "" if value is None else f"{value:g}"


def _time(at: str, zone: str) -> str:
    local = datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(ZoneInfo(zone))
    return local.strftime("%Y-%m-%d %H:%M:%S")


def _words(value: Any, zone: str) -> str:
    """A value of the platform's in words: times on the vehicle's clock, places by name and coordinates."""
    if isinstance(value, bool):
        return both("yes" if value else "no")
    if isinstance(value, list):
        return ", ".join(_words(one, zone) for one in value)
    if isinstance(value, dict):
        if {"lat", "lng"} <= set(value):
            named = [value.get("name"), value.get("address"), f"{value['lat']:.5f}, {value['lng']:.5f}"]
            return " · ".join(str(one) for one in named if one)
        return " · ".join(_words(one, zone) for one in value.values() if one not in (None, ""))
    if isinstance(value, str) and len(value) >= 19 and value[4:5] == "-" and value[10:11] == "T":
        return f"{_time(value, zone)} ({zone})"
    return str(value)

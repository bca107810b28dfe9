"""The small page behind the link in a digest: plain HTML without script, so that it opens on any phone."""

from __future__ import annotations

from html import escape

from bot.kit.locale import say
from bot.kit.now import iso
from bot.reports.breaches import label
from bot.reports.digest import Look
from bot.settings import settings

# What leaves with it: nothing is kept, no other site learns the link, nothing but the own form runs.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
}
STATUS = {"open": 200, "done": 200, "used": 410, "forged": 403}
_STYLE = (
    ":root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem}"
    "button{font:inherit;font-weight:600;padding:.8rem 1.6rem;border:0;border-radius:.5rem;background:#b3261e;color:#fff}"
    "li{margin:.4rem 0}"
)


def render(found: Look, locale: str) -> str:
    """The whole page for what the link leads to, in `locale`."""
    title = escape(say(f"digest_link.{found.state}.title", locale))
    digest = found.digest
    values = {
        "name": digest.name if digest else "",
        "at": (iso(digest.acknowledged_at) if digest else None) or "",
    }
    parts = [
        f"<h1>{title}</h1>",
        f"<p>{escape(say(f'digest_link.{found.state}.words', locale, **values))}</p>",
    ]
    if digest is not None:
        rows = "".join(f"<li>{escape(_breach(one, locale))}</li>" for one in digest.s0)
        parts.append(f"<ul>{rows}</ul>")
    if found.state == "open":
        parts.append(
            f'<form method="post"><button>{escape(say("digest_link.button", locale))}</button></form>'
        )
    board = f"{settings().public_url.rstrip('/')}/console#/board"
    parts.append(f'<p><a href="{escape(board)}">{escape(say("digest_link.board", locale))}</a></p>')
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style>"
    )
    language = "zh-CN" if locale == "zh" else "en"
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body><main>{"".join(parts)}</main></body></html>'


def _breach(one: dict[str, str | None], locale: str) -> str:
    name = one.get("name") or say("digest.nobody", locale)
    return " · ".join(
        [
            one.get("reference") or "-",
            say(f"intent.{one['kind']}", locale) if one["kind"] else "-",
            label(str(one["clock"]), locale),
            name,
        ]
    )

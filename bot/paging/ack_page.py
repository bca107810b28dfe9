"""The small page behind the link in a page: plain HTML without script, so that it opens on any phone."""

from __future__ import annotations

from html import escape

from bot.kit.locale import say
from bot.kit.now import iso
from bot.paging.acknowledging import Look
from bot.paging.messages import desk_link

# What leaves with it: nothing is kept, no other site learns the link, nothing but the own form runs.
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
}
STATUS = {
    "open": 200,
    "done": 200,
    "name_needed": 422,
    "used": 410,
    "stopped": 410,
    "expired": 410,
    "forged": 403,
}
_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "button{font:inherit;font-weight:600;padding:.8rem 1.6rem;border:0;border-radius:.5rem;background:#b3261e;color:#fff}"
    "select{font:inherit;padding:.6rem;margin:0 0 1rem;display:block;width:100%}a{color:#0b57d0}"
)


def render(found: Look, locale: str) -> str:
    """The whole page for what the link leads to, in `locale`."""
    title = escape(say(f"page_link.{found.state}.title", locale))
    parts = [f"<h1>{title}</h1>"]
    if found.called is not None and found.page is not None:
        called = found.called
        parts.append(f"<p><strong>{escape(called.grade)} · {escape(called.reference)}</strong></p>")
        parts.append(f"<p>{escape(called.headline.get(locale, ''))}</p>")
    name = found.page.acknowledged_name if found.page is not None else None
    at = iso(found.page.acknowledged_at) if found.page is not None else None
    parts.append(
        f"<p>{escape(say(f'page_link.{found.state}.words', locale, name=name or '', at=at or ''))}</p>"
    )
    if found.state in ("open", "name_needed"):
        parts.append(_form(found, locale))
    parts.append(f'<p><a href="{escape(desk_link())}">{escape(say("page_link.desk", locale))}</a></p>')
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style>"
    )
    language = "zh-CN" if locale == "zh" else "en"
    return f'<!doctype html><html lang="{language}"><head>{head}</head><body><main>{"".join(parts)}</main></body></html>'


def _form(found: Look, locale: str) -> str:
    choose = ""
    if found.names:
        options = "".join(
            f'<option value="{escape(one)}">{escape(name)}</option>' for one, name in found.names.items()
        )
        asked = escape(say("page_link.who", locale))
        choose = f'<label>{asked}<select name="person" required><option value=""></option>{options}</select></label>'
    return f'<form method="post">{choose}<button>{escape(say("page_link.button", locale))}</button></form>'

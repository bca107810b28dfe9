"""What a page says: grade, reference, headline, the way to the desk and the link that says "seen". No
personal data."""

from __future__ import annotations

from bot.kit.locale import say
from bot.kit.now import iso, now
from bot.paging.channels import Outgoing
from bot.paging.links import link_for
from bot.paging.models import TEAM, Page, PagedSubject
from bot.settings import settings


def desk_link() -> str:
    """Where a case is accepted."""
    return f"{settings().public_url.rstrip('/')}/console"


def page_message(page: Page, called: PagedSubject) -> Outgoing:
    """One person's page in their language; the team's in both."""
    locales = ("zh", "en") if page.person == TEAM else ("zh" if page.locale == "zh" else "en",)
    again = "paging.again" if page.step > 0 else "paging.new"
    title = " · ".join(
        say(again, locale, grade=called.grade, reference=called.reference, number=page.step + 1)
        for locale in locales
    )
    headlines = [called.headline.get(locale, "") for locale in locales]
    how = [say("paging.how", locale, desk=desk_link(), seen=link_for(page.id)) for locale in locales]
    return Outgoing(title, "\n\n".join([*headlines, *how]), grave=called.grade in ("S0", "S1"))


def heartbeat_message() -> Outgoing:
    """The hourly test of a channel, in both languages."""
    title = " · ".join(say("paging.heartbeat.title", locale) for locale in ("zh", "en"))
    body = "\n".join(say("paging.heartbeat.body", locale, at=iso(now())) for locale in ("zh", "en"))
    return Outgoing(title, body, grave=False)


def test_message(locale: str) -> Outgoing:
    """A try-out of somebody's own addresses, in their language."""
    shown = "zh" if locale == "zh" else "en"
    return Outgoing(
        say("paging.test.title", shown), say("paging.test.body", shown, at=iso(now())), grave=False
    )

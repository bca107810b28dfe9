"""What the digest says: plain text for a mail, no passenger named."""

from __future__ import annotations

from collections.abc import Iterator

from bot.kit.locale import say
from bot.reports.figures import zone
from bot.reports.links import link_for
from bot.reports.rows import Period
from bot.reports.schemas import Breach, GradeTimes, Report
from bot.settings import settings

_MOST_BREACHES, _MOST_TOPICS = 30, 8


def digest(found: Report, period: Period, link_id: str | None, locale: str) -> tuple[str, str]:
    """(title, body) of a digest. link_id: the digest to acknowledge where it holds S0 breaches, else None."""
    s0 = [one for one in found.breaches if one.grade == "S0"]
    day = period.end.astimezone(zone()).strftime("%Y-%m-%d")
    title = say("digest.title_s0" if s0 else "digest.title", locale, day=day, breaches=len(s0))
    return title, "\n".join(_lines(found, period, s0, link_id, locale))


def again(title: str, locale: str) -> str:
    """The title of a digest that is sent again because nobody has acknowledged its S0 breaches."""
    return say("digest.again", locale, title=title)


def _lines(
    found: Report, period: Period, s0: list[Breach], link_id: str | None, locale: str
) -> Iterator[str]:
    begin, end = (at.astimezone(zone()).strftime("%Y-%m-%d %H:%M") for at in (period.start, period.end))
    yield say("digest.period", locale, begin=begin, end=end, zone=found.zone)
    if link_id is not None:
        yield ""
        yield say("digest.acknowledge", locale, breaches=len(s0), link=link_for(link_id))
    yield ""
    for one in found.grades:
        yield from _times(one, locale)
    yield ""
    yield say("digest.breaches", locale, breaches=len(found.breaches) + found.hidden_breaches)
    for broken in found.breaches[:_MOST_BREACHES]:
        yield f"- {_breach(broken, locale)}"
    yield ""
    yield from _rest(found, locale)
    yield ""
    yield say("digest.board", locale, link=f"{settings().public_url.rstrip('/')}/console#/board")


def _times(one: GradeTimes, locale: str) -> Iterator[str]:
    for of, times in (("accept", one.accept), ("decide", one.decide)):
        if not times.count:
            continue
        standards = "; ".join(
            say(
                "digest.standard_met" if standard.met else "digest.standard_missed", locale, percent=standard.percent,
                limit=span(standard.limit_s, locale), value=span(standard.value_s or 0.0, locale),
            )
            for standard in times.standards
        )  # fmt: skip
        yield say(f"digest.{of}", locale, grade=one.grade, count=times.count, standards=standards)


def _breach(one: Breach, locale: str) -> str:
    called = (
        say("digest.called", locale, names=", ".join(one.paged))
        if one.paged
        else say("digest.nobody", locale)
    )
    name = one.name or called
    took = span(one.seconds, locale) if one.seconds is not None else ""
    return " · ".join(part for part in (one.grade, one.reference or "", one.label, name, took) if part)


def _rest(found: Report, locale: str) -> Iterator[str]:
    promises, contacts = found.promises, found.contacts
    yield say("digest.promises", locale, kept=promises.kept, broken=promises.broken, open=promises.open)
    yield say("digest.repeats", locale, count=len(found.repeats))
    overdue, held = (
        sum(one.overdue for one in found.drivers),
        sum(one.state == "held" for one in found.drivers),
    )
    yield say("digest.drivers", locale, count=held, overdue=overdue)
    if held < len(found.drivers):
        yield say("digest.drivers_not_stopped", locale, count=len(found.drivers) - held)
    yield say("digest.gave_up", locale, count=len(found.gave_up))
    if contacts.alone_share is not None:
        yield say("digest.alone", locale, share=f"{contacts.alone_share:.0%}", count=contacts.ended)
    if contacts.first_contact is not None:
        yield say("digest.first_contact", locale, share=f"{contacts.first_contact:.0%}", count=contacts.known)
    if found.satisfaction is not None and found.satisfaction.average is not None:
        yield say(
            "digest.satisfaction",
            locale,
            average=f"{found.satisfaction.average:.1f}",
            count=found.satisfaction.answers,
        )
    for key, defect in (("digest.topics", False), ("digest.defects", True)):
        named = [one for one in found.topics if one.defect is defect][:_MOST_TOPICS]
        if named:
            yield say(
                key,
                locale,
                topics=say("comma", locale).join(f"{one.label} {one.conversations}" for one in named),
            )


def span(seconds: float, locale: str) -> str:
    """Seconds as people say them: 42 s, 3 min 5 s, 2 h 10 min, 3 d 4 h."""
    whole = round(seconds)
    if whole < 120:
        return say("digest.span.s", locale, s=whole)
    if whole < 7200:
        return say("digest.span.min", locale, min=whole // 60, s=whole % 60)
    if whole < 172800:
        return say("digest.span.h", locale, h=whole // 3600, min=whole % 3600 // 60)
    return say("digest.span.d", locale, d=whole // 86400, h=whole % 86400 // 3600)

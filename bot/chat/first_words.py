"""The first words to whoever reports danger: the number, then who has joined, then the reference. They are said whatever a slip
in the text files or the policy does to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal

import structlog

from bot.conversations.schemas import Link
from bot.incidents.emergency import Place, listed_numbers, numbers_for
from bot.kit.locale import has_text, keys_of, say
from bot.policy import policy

log = structlog.get_logger(__name__)
Joined = Literal["nobody_yet", "has_joined", "case_is_held"]
_FIRST = "safety.first."
# What stays when the text files are broken.
_BARE = {
    "zh": "如果能打电话，请拨打 {number}。您的消息已经收到，安全团队已得到通知。案件编号 {reference}。",
    "en": "If you can call, call {number}. Your message has arrived and the safety team has been alerted. "
    "Case {reference}.",
}
_BARE_CASE = {
    "zh": "您的消息已经收到，案件编号 {reference}。",
    "en": "Your message has arrived. Case {reference}.",
}


def first_reply(
    kind: str, place: Place, locale: str, *, reference: str, joined: Joined, name: str | None = None
) -> tuple[str, list[Link]]:
    """The words for an incident of this intent, and its call links. name: who has the case. Raises nothing: the cry for help
    is in the same transaction."""
    try:
        return _reply(kind, place, locale, reference=reference, joined=joined, name=name)
    except Exception as fault:  # a broken file must not take their message, case and page with it
        log.error("first words failed", kind=kind, locale=locale, error=repr(fault))
    numbers = numbers_for(place, locale, kind)["numbers"]
    text = _BARE["zh" if locale == "zh" else "en"].format(number=numbers[0]["number"], reference=reference)
    return text, call_links(numbers[:2])


def case_reply(locale: str, reference: str) -> str:
    """The words for a case that is no incident. Raises nothing."""
    try:
        return say("safety.case_opened", locale, reference=reference)
    except Exception as fault:  # as above
        log.error("first words failed", locale=locale, error=repr(fault))
    return _BARE_CASE["zh" if locale == "zh" else "en"].format(reference=reference)


def _reply(
    kind: str, place: Place, locale: str, *, reference: str, joined: Joined, name: str | None
) -> tuple[str, list[Link]]:
    numbers = listed_numbers(place, locale, kind)["numbers"]
    police = kind == "police_request"
    key = "safety.first_police" if police else f"{_FIRST}{kind}"
    lead = say(key if has_text(key) else "safety.first", locale, number=numbers[0]["number"])
    who = say(f"safety.{joined}", locale, **({} if name is None else {"name": name}))
    text = "\n".join([lead, who, say("safety.reference", locale, reference=reference)])
    return text, [] if police else call_links(numbers[:2])


def call_links(numbers: Sequence[dict[str, str]]) -> list[Link]:
    """One `tel:` link a number, each number once."""
    seen: dict[str, Link] = {}
    for entry in numbers:
        seen.setdefault(
            entry["number"],
            {"title": f"{entry['label']} {entry['number']}", "href": f"tel:{entry['number']}"},
        )
    return list(seen.values())


def check() -> None:
    """Say everything once: each safety intent, in each country and language, whoever has joined. Raises ValueError with a
    sentence a line for what cannot be said, or leaves out the number, the reference or the name."""
    intents = [name for name, intent in policy().intents.items() if intent.family == "safety"]
    wrong = [
        f"data/texts: {key} belongs to no safety intent of data/policy.yml. Correct its name."
        for key in keys_of(_FIRST)
        if key.removeprefix(_FIRST) not in intents
    ]
    for locale in ("zh", "en"):
        case_opened = partial(say, "safety.case_opened", locale, reference="V-1")
        wrong += _lacking(f"safety.case_opened ({locale})", case_opened, "V-1")
        for place in (Place(), *(Place(country=country, area_code="010") for country in policy().emergency)):
            for kind in intents:
                wrong += _faults(kind, place, locale)
    if wrong:
        raise ValueError("\n".join(dict.fromkeys(wrong)))


def _faults(kind: str, place: Place, locale: str) -> Iterator[str]:
    """What is wrong with the first words of an intent in one country and language."""
    try:
        number = listed_numbers(place, locale, kind)["numbers"][0]["number"]
    except Exception as fault:  # told in a sentence, whatever it is
        yield f"The emergency numbers for {kind} ({locale}) cannot be listed: {_told(fault)}."
        return
    cases: tuple[tuple[Joined, str | None], ...] = (
        ("nobody_yet", None), ("has_joined", "Ann"), ("case_is_held", "Ann"),
    )  # fmt: skip
    for joined, name in cases:
        reply = partial(_reply, kind, place, locale, reference="V-1", joined=joined, name=name)
        what = f"The first words for {kind} ({locale}, {joined})"
        yield from _lacking(what, lambda reply=reply: reply()[0], number, "V-1", name or "")  # type: ignore[misc]


def _lacking(what: str, spoken: Callable[[], str], *must: str) -> Iterator[str]:
    try:
        text = spoken()
    except Exception as fault:  # as above
        yield f"{what} cannot be said: {_told(fault)}."
        return
    if missing := [one for one in must if one not in text]:
        yield f"{what} leave out {', '.join(missing)}: give the text its placeholder back."


def _told(fault: Exception) -> str:
    return f"there is no {fault}" if isinstance(fault, KeyError) else str(fault)

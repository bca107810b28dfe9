"""The daily digest, mailed to a real SMTP server, and its S0 breaches acknowledged through the link."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest

import bot.app  # noqa: F401  every room registers its clocks
from bot.incidents import timeline
from bot.incidents.tasks import PlatformCalls
from bot.kit.database import Database
from bot.kit.due import fire_due
from bot.kit.now import now
from bot.kit.outbox import deliver_waiting
from bot.reports import digest, tasks
from bot.reports.links import digest_of, token_for
from bot.reports.schemas import Digests
from bot.rides.client import PlatformClient
from bot.settings import Settings, settings
from tests.reports.conftest import ANN, Mail, Story

Executive = Callable[..., None]


@pytest.fixture
async def executive(
    story: Story, mail: Mail, ports: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Executive]:
    """Somebody gets the digest. The whole desk's clocks and calls work; its ride platform does not answer."""
    platform = PlatformClient(f"http://127.0.0.1:{ports()}", "key")
    PlatformCalls(story.database, platform).register()
    tasks.DigestPost(story.database).register()

    def put(locale: str = "en", url: str | None = None) -> None:
        monkeypatch.setattr(
            settings(), "executive_url", mail.address("ceo@vigil.example") if url is None else url
        )
        monkeypatch.setattr(settings(), "executive_name", "Grace Lin")
        monkeypatch.setattr(settings(), "executive_locale", locale)

    yield put
    await platform.close()


async def carry_out(database: Database) -> None:
    """All that is due and owed now."""
    while await fire_due(database) + await deliver_waiting(database):
        continue


async def start(story: Story) -> None:
    async with story.database.unit_of_work() as uow:
        await tasks.start(uow)
        await tasks.start(uow)


async def states(story: Story) -> Digests:
    async with story.database.reading() as session:
        return await digest.states(session, "en")


async def the_next_morning(story: Story, seconds: float = 0.0) -> None:
    """To 08:00 in Shanghai, when the digest is due."""
    story.clock.move((digest.next_digest_at(now()) - now()).total_seconds() + seconds)
    await carry_out(story.database)


async def late_s0(story: Story) -> tuple[str, str]:
    """An S0 that Ann accepted after 45 s; the case's id and reference."""
    chat, case = await story.report("passenger_in_danger", "S0")
    story.clock.move(45)
    await story.accept(chat)
    return case.id, case.reference


def link_in(body: str) -> str:
    found = re.search(r"/digest/ack/([\w.=-]+)", body)
    assert found is not None
    return found[1]


class TestDaily:
    def test_the_hour_is_the_policys_wall_clock(self) -> None:
        at = digest.next_digest_at(datetime(2026, 3, 2, 4, 0, tzinfo=UTC))
        assert at.astimezone(UTC) == datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
        assert digest.next_digest_at(at) - at == timedelta(days=1)

    @pytest.mark.parametrize(("locale", "words"), [("en", "S0 accepted (1)"), ("zh", "S0 接手（1 次）")])
    async def test_is_mailed_at_the_hour_in_the_executives_language(
        self, story: Story, mail: Mail, executive: Executive, locale: str, words: str
    ) -> None:
        executive(locale)
        await start(story)
        _, reference = await late_s0(story)
        await carry_out(story.database)
        assert mail.got == []
        await the_next_morning(story)
        (sent,) = mail.got
        assert sent["To"] == "ceo@vigil.example" and "2026-03-03" in sent["Subject"]
        assert words in mail.bodies[0] and reference in mail.bodies[0] and "Ann" in mail.bodies[0]
        await carry_out(story.database)
        assert len(mail.got) == 1

    async def test_a_quiet_day_needs_no_acknowledgement(
        self, story: Story, mail: Mail, executive: Executive
    ) -> None:
        executive()
        await start(story)
        await the_next_morning(story)
        assert "/digest/ack/" not in mail.bodies[0]
        await the_next_morning(story)
        assert len(mail.got) == 2 and (await states(story)).open == []

    async def test_days_the_desk_was_away_are_in_the_next_digest(
        self, story: Story, mail: Mail, executive: Executive
    ) -> None:
        executive()
        await start(story)
        await the_next_morning(story)
        _, reference = await late_s0(story)
        story.clock.move(3 * 86400)
        await carry_out(story.database)
        assert len(mail.got) == 2 and reference in mail.bodies[1]
        assert "2026-03-03 08:00 to 2026-03-06 08:00" in mail.bodies[1]

    async def test_a_clock_that_runs_out_after_the_hour_is_in_the_next_one(
        self, story: Story, mail: Mail, executive: Executive
    ) -> None:
        executive()
        await start(story)
        story.clock.move((digest.next_digest_at(now()) - now()).total_seconds() - 10)
        _, case = await story.report("passenger_in_danger", "S0")
        story.clock.move(15)
        await carry_out(story.database)
        assert case.reference not in mail.bodies[0]
        await the_next_morning(story)
        assert case.reference in mail.bodies[1]

    async def test_a_mail_server_that_refuses_is_tried_again_and_shown(
        self, story: Story, mail: Mail, executive: Executive
    ) -> None:
        executive()
        await start(story)
        mail.refuse = True
        await the_next_morning(story)
        shown = (await states(story)).last
        assert shown is not None and shown.sent_at is None and shown.error is not None
        assert "could not be mailed" in await digest.health(story.database)
        mail.refuse = False
        story.clock.move(120)
        await carry_out(story.database)
        shown = (await states(story)).last
        assert len(mail.got) == 1 and shown is not None and shown.sent_at is not None and shown.error is None


class TestAcknowledging:
    async def test_the_link_is_used_once_and_stands_in_the_timeline(
        self, story: Story, mail: Mail, executive: Executive
    ) -> None:
        executive()
        await start(story)
        case_id, reference = await late_s0(story)
        await the_next_morning(story)
        token = link_in(mail.bodies[0])
        shown = (await states(story)).open[0]
        assert [one.reference for one in shown.s0_breaches] == [reference, reference]
        async with story.database.unit_of_work() as uow:
            assert (await digest.look(uow.session, token)).state == "open"
            assert (await digest.acknowledge(uow, token)).state == "done"
        async with story.database.unit_of_work() as uow:
            assert (await digest.acknowledge(uow, token)).state == "used"
        async with story.database.reading() as session:
            entries = await timeline.read(session, case_ids=[case_id], conversation_id=None)
        acts = [one["details"]["name"] for one in entries if one["act"] == "breach_acknowledged"]
        assert acts == ["Grace Lin"]
        await the_next_morning(story, 3600)
        # What else has run out since is the next digest's.
        assert shown.id not in [one.id for one in (await states(story)).open]
        assert "Sent again" not in str([one["Subject"] for one in mail.got])

    async def test_without_it_the_digest_comes_again_and_the_board_shows_the_name(
        self, story: Story, mail: Mail, executive: Executive
    ) -> None:
        executive()
        await start(story)
        await late_s0(story)
        await the_next_morning(story)
        assert [(one.overdue, one.name) for one in (await states(story)).open] == [(False, "Grace Lin")]
        story.clock.move(86400)
        await carry_out(story.database)
        assert [str(one["Subject"])[:10] for one in mail.got].count("Sent again") == 1
        first = (await states(story)).open[0]
        assert (first.overdue, first.reminders, first.name) == (True, 1, "Grace Lin")

    def test_a_forged_link_opens_nothing(self) -> None:
        token = token_for("a" * 32)
        assert digest_of(token) == "a" * 32
        for forged in (token[:-1] + "x", token.replace("a", "b", 1), "", "a" * 32, "é.✓"):
            assert digest_of(forged) is None


class TestNobodyConfigured:
    async def test_the_desk_runs_and_says_so(self, story: Story, mail: Mail, executive: Executive) -> None:
        executive(url="")
        await start(story)
        await the_next_morning(story)
        assert mail.got == [] and not (await states(story)).configured
        assert "VIGIL_EXECUTIVE_URL" in await digest.health(story.database)
        executive()
        await late_s0(story)
        await the_next_morning(story)
        assert ANN.name in mail.bodies[0]

    def test_an_address_that_does_not_parse_is_refused_at_start_in_words(self) -> None:
        for address in ("nonsense", "mailto://", "mailtos://a b@"):
            wrong = digest.wrong_with_executive(Settings(executive_url=address))
            assert wrong and all(one.startswith("VIGIL_EXECUTIVE_URL") for one in wrong)
        assert digest.wrong_with_executive(Settings(executive_url="")) == []

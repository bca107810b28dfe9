"""A bare "no" declines the contact only where it answers the offer: not another question, and not a person's."""

from __future__ import annotations

import pytest

from tests.care.conftest import Story, task
from tests.replays.driver import entry

# Doubtful enough for the check-in, by the lexicon alone: the model is down on this stage.
UNEASY = {"en": "something feels off, the driver took another road", "zh": "感觉不对劲，司机换了一条路"}


async def _contacts(story: Story) -> set[str]:
    return {one["state"] for one in (await story.care())["tasks"] if one["kind"] == "contact"}


class TestAnotherQuestion:
    @pytest.mark.parametrize(("locale", "word"), [("en", "no"), ("zh", "不")])
    async def test_are_you_safe_answered_no_brings_people_and_declines_nothing(
        self, story: Story, locale: str, word: str
    ) -> None:
        await story.resolved()
        await story.victim.says(UNEASY[locale])
        asked = (await story.victim.messages())[-1]
        assert asked["kind"] == "check_in", asked
        state = await story.victim.says(word)
        assert (state["grade"], state["holder"]) == ("S0", "queue")
        assert await _contacts(story) == {"waiting"}
        said = entry(await story.safety.acts(story.conversation), "check_in_need_help")
        assert said["who"] == "reporter"

    async def test_no_need_is_neither_a_decline_nor_a_cry(self, story: Story) -> None:
        await story.resolved()
        await story.victim.says(UNEASY["zh"])
        state = await story.victim.says("不用了")
        assert state["grade"] is None and await _contacts(story) == {"waiting"}

    async def test_a_no_to_the_agent_who_holds_the_chat_is_the_agents_to_read(self, story: Story) -> None:
        await story.resolved()
        await story.victim.presses("/vigil_care_contact")
        await story.safety.does(story.conversation, "accept")
        assert (
            await story.safety.writes(story.conversation, "行李还落在车上吗？需要我们帮您取吗？")
        ).is_success
        await story.victim.says("不用了")
        assert await _contacts(story) == {"waiting"}
        first = task(await story.care(), "contact", 1)
        await story.safety.does(story.conversation, f"care/{first['id']}/offer")
        await story.victim.says("不用了")
        assert await _contacts(story) == {"waiting"}, "the agent is in the chat and reads it"


class TestTheOffer:
    async def test_the_owners_offer_is_declined_by_a_word(self, story: Story) -> None:
        await story.resolved()
        first = task(await story.care(), "contact", 1)
        await story.safety.does(story.conversation, f"care/{first['id']}/offer")
        await story.victim.says("No thanks.")
        assert await _contacts(story) == {"declined"}

"""What the platform has done and what the victim declines may end in the same moment: the care ends all the same."""

from __future__ import annotations

import asyncio

from bot.care import store
from bot.care.life import finish
from bot.care.models import CareCase
from tests.care.conftest import Story


async def test_of_the_last_two_tasks_the_later_one_ends_the_care(story: Story) -> None:
    await story.resolved()
    database = story.stage.desk.database
    care_id = (await story.care())["id"]

    async def ends(*places: int, until: asyncio.Task[None] | None = None) -> None:
        async with database.unit_of_work() as uow:
            care = await uow.session.get_one(CareCase, care_id)
            owed = await store.owed(uow.session, care_id)
            for place in places:
                await finish(
                    uow, care, owed[place], who="reporter", name=None, note="declined", state="declined"
                )
            if until is not None:
                await asyncio.wait({until}, timeout=1)

    async with database.reading() as session:
        count = len(await store.owed(session, care_id))
    assert count >= 2
    await ends(*range(count - 2))
    begun = asyncio.Event()

    async def later() -> None:
        await begun.wait()
        await ends(-1)

    other = asyncio.create_task(later())

    async def earlier() -> None:
        begun.set()
        await ends(0, until=other)

    await asyncio.gather(earlier(), other)
    assert (await story.care())["state"] == "done"

"""Somebody's own addresses tried from the desk, against real receivers."""

from __future__ import annotations

from bot.paging import channels
from bot.paging.messages import test_message as try_out
from tests.paging.conftest import Hook, Mail


async def test_each_address_says_what_became_of_the_message(hook: Hook, mail: Mail) -> None:
    mail.refuse = True
    found = await channels.tried([hook.address("ann"), mail.address(), "json://127.0.0.1:1/"], try_out("en"))
    assert [one["kind"] for one in found] == ["json", "mailto", "json"]
    assert found[0]["failure"] is None and "nothing has happened" in hook.at("ann")[0]
    assert found[1]["failure"] and found[2]["failure"]

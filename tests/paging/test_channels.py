"""Apprise addresses, checked in words, and single messages to real receivers."""

from __future__ import annotations

import pytest

from bot.paging import channels
from bot.paging.channels import NotDelivered, Outgoing
from tests.paging.conftest import Hook, Mail


class TestAddresses:
    def test_recipients_within_one_address_stay_together(self) -> None:
        found = channels.split(" mailto://h?to=a@x.example,b@x.example, json://h/1 ;jsons://h/2 ")
        assert found == ["mailto://h?to=a@x.example,b@x.example", "json://h/1", "jsons://h/2"]

    @pytest.mark.parametrize("address", ["just words", "nonsense://x", "json://", "mailto://", "://x", ""])
    def test_what_apprise_cannot_read_is_said_in_words(self, address: str) -> None:
        said = channels.wrong_with(address)
        assert said is not None and len(said) > 20

    def test_the_words_hold_no_secret(self) -> None:
        said = channels.wrong_with("telegramm://s3cret-token/99")
        assert said is not None and "s3cret" not in said

    async def test_a_refusal_is_said_without_the_address(self, hook: Hook) -> None:
        hook.statuses = [403]
        with pytest.raises(NotDelivered) as problem:
            await channels.send(hook.address("s3cret"), Outgoing("t", "b"))
        assert "s3cret" not in str(problem.value) and "127.0.0.1" not in str(problem.value)

    async def test_hung_messages_on_one_way_leave_the_other_free(
        self, hook: Hook, mail: Mail, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(channels, "_THREADS_PER_WAY", 1)
        hook.hold.clear()
        with pytest.raises(NotDelivered, match="did not answer"):
            await channels.send(hook.address(), Outgoing("t", "b"), limit_s=0.2)
        with pytest.raises(NotDelivered, match="hang"):
            await channels.send(hook.address(), Outgoing("t", "b"), limit_s=0.2)
        await channels.send(mail.address(), Outgoing("t", "b"), way=channels.SECOND)
        assert len(mail.got) == 1

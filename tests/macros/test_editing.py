"""Macros as seniors change them: checked when saved, every change kept."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.macros.conftest import Room, refused

NEW = {
    "name": {"zh": "核对", "en": "Checking"}, "text": {"zh": "正在核对 {plate}。", "en": "I am checking {plate}."},
    "topic": "lost_item", "grades": ["S3"],
}  # fmt: skip


class TestEditing:
    async def test_only_seniors_change_macros_and_each_change_is_kept(self, room: Room) -> None:
        agent, boss = await room.staff("agent"), await room.staff("supervisor")
        assert len((await agent.get("/api/console/macros")).json()["macros"]) >= 25
        assert (await agent.post("/api/console/macros", json=NEW)).status_code == 403
        made = await boss.post("/api/console/macros", json={**NEW, "why": "asked for by the night shift"})
        assert made.status_code == 201, made.text
        path = f"/api/console/macros/{made.json()['id']}"
        changed = {**NEW, "text": {"zh": "我在核对 {plate}。", "en": "Checking {plate} now."}}
        assert (await boss.put(path, json={**changed, "version": 1})).json()["version"] == 2
        refused(await boss.put(path, json={**NEW, "version": 1}), 409, "macro_changed")
        refused(await boss.put(path, json={**changed, "version": 2}), 422, "macro_unchanged")
        retired = await boss.put(path, json={**changed, "version": 2, "state": "retired"})
        assert retired.json()["state"] == "retired"
        kept = (await agent.get(f"{path}/versions")).json()["versions"]
        assert [(one["version"], one["state"]) for one in kept] == [
            (3, "retired"),
            (2, "active"),
            (1, "active"),
        ]
        assert "Chen Jing" in kept[0]["by"] and kept[2]["why"] == "asked for by the night shift"
        for statement in ("UPDATE macro_versions SET why = 'x'", "DELETE FROM macro_versions"):
            with pytest.raises(DBAPIError):
                async with room.desk.database.unit_of_work() as uow:
                    await uow.session.execute(text(statement))

    async def test_a_shipped_one_keeps_its_first_form_in_the_history(self, room: Room) -> None:
        boss = await room.staff("supervisor")
        hello = next(
            one for one in (await boss.get("/api/console/macros")).json()["macros"] if one["id"] == "hello"
        )
        both = {"zh": "{reporter}您好，我是{agent}。", "en": "Hello {reporter}, I am {agent}."}
        saved = await boss.put("/api/console/macros/hello", json={**hello, "text": both})
        assert saved.json()["version"] == 1
        kept = (await boss.get("/api/console/macros/hello/versions")).json()["versions"]
        assert [one["version"] for one in kept] == [1, 0] and kept[1]["text"] == hello["text"]
        chat, _ = await room.chat("my receipt please")
        offered = (await boss.get(f"/api/console/conversations/{chat}/macros")).json()["macros"]
        said = next(one for one in offered if one["id"] == "hello")["text"]
        assert said.startswith("Hello, I am ") and "Chen Jing" in said

    @pytest.mark.parametrize(
        ("wrong", "code", "named"),
        [
            (
                {"text": {"zh": "{plat} 好", "en": "{plat} ok"}},
                "macro_unknown_variable",
                ["{plat}", "{plate}"],
            ),
            ({"text": {"zh": "{plate 好", "en": "{plate ok"}}, "macro_stray_brace", []),
            ({"text": {"zh": "{plate}", "en": "your plate"}}, "macro_variables_differ", ["{plate}"]),
            ({"text": {"zh": " ", "en": "x"}}, "macro_empty", ["Chinese text"]),
            ({"text": {"zh": "好", "en": "x" * 2000}}, "macro_too_long", ["2000", "1500"]),
            (
                {"text": {"zh": "{minutes}内", "en": "in {minutes}"}},
                "macro_time_without_promise",
                ["{minutes}"],
            ),
            (
                {"text": {"zh": "好", "en": "We call you tomorrow"}},
                "macro_time_unbound",
                ["call you tomorrow"],
            ),
            ({"text": {"zh": "好", "en": "We have refunded it"}}, "macro_claim_unbound", ["Refund made"]),
            ({"text": {"zh": "请冷静", "en": "x"}}, "forbidden_phrase", ["冷静"]),
            ({"topic": "no_such"}, "macro_topic", ["no_such"]),
            ({"act": "no_such"}, "macro_unknown_act", ["refund_made"]),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_what_does_not_check_is_refused_in_words_that_name_it(
        self,
        wrong: dict,
        code: str,
        named: list[str],  # type: ignore[type-arg]
    ) -> None:
        from bot.console.macro_doors import Written, _content
        from bot.errors import Unprocessable
        from bot.identity.schemas import Member
        from bot.kit.locale import say

        boss = Member("m", "m@example.com", "M", ("supervisor",), True, locale="en")
        with pytest.raises(Unprocessable) as error:
            _content(Written.model_validate({**NEW, **wrong}), boss)
        assert error.value.code == code
        for locale in ("zh", "en"):
            words = say(f"error.{code}", locale, **error.value.values)
            assert words
        assert all(name in words for name in named), words

"""What an agent is shown before an answer goes out, over the real doors."""

from __future__ import annotations

import pytest

from tests.macros.conftest import CRY, Room, act, done, refused, reply


def kinds(error: dict) -> list[str]:  # type: ignore[type-arg]
    return [one["kind"] for one in error["details"]["concerns"]]


class TestRoutine:
    async def test_everything_that_speaks_against_it_is_listed_at_once_and_may_be_overruled(
        self, room: Room
    ) -> None:
        chat, _ = await room.chat("my receipt please")
        page = await room.staff("agent")
        await done(page, chat, "accept")
        first = "I have opened the list of your trips now. Which one is it?"
        assert (await reply(page, chat, first)).status_code == 200
        again = "Please be patient. I have opened the list of your trips now."
        error = refused(await reply(page, chat, again), 409, "look_again")
        assert sorted(kinds(error)) == ["phrase", "repeated"]
        assert all(one["say"] for one in error["details"]["concerns"])
        keys = [one["key"] for one in error["details"]["concerns"]]
        # Seen only in part is not seen.
        refused(await reply(page, chat, again, despite=keys[:1]), 409, "look_again")
        assert (await reply(page, chat, again, despite=keys)).status_code == 200
        screen = (await page.get(f"/api/console/conversations/{chat}")).json()
        kept = next(one for one in screen["timeline"] if one["act"] == "sent_despite")
        assert len(kept["details"]["shown"]) == 2

    async def test_the_same_macro_twice_in_one_conversation(self, room: Room) -> None:
        chat, _ = await room.chat("my receipt please")
        page = await room.staff("agent")
        await done(page, chat, "accept")
        assert (await reply(page, chat, "Which days do you need?", macros=["invoice"])).status_code == 200
        error = refused(await reply(page, chat, "And which company?", macros=["invoice"]), 409, "look_again")
        assert kinds(error) == ["again"]
        offered = (await page.get(f"/api/console/conversations/{chat}/macros")).json()["macros"]
        assert {one["id"]: one["used"] for one in offered}["invoice"] == 1
        other, _ = await room.chat("my receipt please")
        await done(page, other, "accept")
        assert (await reply(page, other, "Which days do you need?", macros=["invoice"])).status_code == 200

    async def test_a_blank_is_not_sent(self, room: Room) -> None:
        chat, _ = await room.chat("where is my umbrella")
        page = await room.staff("agent")
        await done(page, chat, "accept")
        error = refused(await reply(page, chat, "We found {item} in the car."), 422, "blank_left")
        assert "{item}" in error["message"]
        # Braces that are no variable of ours are the agent's own.
        assert (await reply(page, chat, "Choose {one} of the two.")).status_code == 200

    async def test_a_named_time_says_how_long_so_that_one_key_sets_it(self, room: Room) -> None:
        chat, _ = await room.chat("where is my umbrella")
        page = await room.staff("agent")
        await done(page, chat, "accept")
        text = "I will write the result within two hours."
        error = refused(await reply(page, chat, text), 422, "claim_without_record")
        assert [(one["kind"], one["minutes"]) for one in error["details"]["concerns"]] == [("time", 120)]
        screen = await done(page, chat, "promise", minutes=120)
        assert "within 2 hours" in screen["messages"][-1]["text"]
        assert (await reply(page, chat, text)).status_code == 200

    async def test_a_macro_rests_on_its_act(self, room: Room) -> None:
        chat, _ = await room.chat("where is my refund")
        page = await room.staff("agent")
        await done(page, chat, "accept")
        offered = (await page.get(f"/api/console/conversations/{chat}/macros")).json()["macros"]
        assert next(one for one in offered if one["id"] == "refund-made")["why_not"]
        error = refused(
            await reply(page, chat, "It is on its way back.", macros=["refund-made"]),
            422,
            "macro_without_act",
        )
        assert "Refund made" in error["message"]


class TestSafety:
    async def test_in_an_s0_overruling_needs_a_reason_that_is_kept(self, room: Room) -> None:
        chat, _ = await room.chat(CRY)
        page = await room.staff("safety")
        await done(page, chat, "accept")
        text = "I answer shortly, I am reading."
        error = refused(await reply(page, chat, text), 409, "look_again")
        assert error["details"]["reason_needed"]
        keys = [one["key"] for one in error["details"]["concerns"]]
        refused(await reply(page, chat, text, despite=keys), 422, "reason_needed")
        assert (
            await reply(page, chat, text, despite=keys, why="she asked me to be brief")
        ).status_code == 200
        screen = (await page.get(f"/api/console/conversations/{chat}")).json()
        kept = next(one for one in screen["timeline"] if one["act"] == "sent_despite")
        assert kept["details"]["reason"] == "she asked me to be brief"

    async def test_what_the_taxonomy_forbids_is_not_sent_whatever_the_reason(self, room: Room) -> None:
        chat, _ = await room.chat(CRY)
        page = await room.staff("safety")
        await done(page, chat, "accept")
        for text in ("Please calm down", "请冷静", "Somebody is on their way", "麻烦给个好评", "一张优惠券"):
            error = refused(await reply(page, chat, text), 422, "forbidden_phrase")
            keys = [one["key"] for one in error["details"]["concerns"]]
            refused(await reply(page, chat, text, despite=keys, why="I know better"), 422, "forbidden_phrase")

    async def test_only_macros_of_its_grade_are_offered(self, room: Room) -> None:
        chat, _ = await room.chat(CRY)
        page = await room.staff("safety")
        offered = {
            one["id"]
            for one in (await page.get(f"/api/console/conversations/{chat}/macros")).json()["macros"]
        }
        assert "safety-i-am-here" in offered and not offered & {"hello", "praise", "invoice"}
        outsider = await room.staff("outsourced")
        assert (await outsider.get(f"/api/console/conversations/{chat}/macros")).status_code == 403

    @pytest.mark.parametrize(("service", "sent"), [("fire", False), ("ambulance", True)])
    async def test_a_macro_of_one_service_rests_on_the_call_to_that_one(
        self, room: Room, service: str, sent: bool
    ) -> None:
        chat, _ = await room.chat(CRY)
        page = await room.staff("safety")
        await done(page, chat, "accept")
        call = {"station": "Station 3", "officer": "Zhou", "number": "JJ-1"}
        await done(page, chat, "emergency-call", decision="called", service=service, **call)
        offered = (await page.get(f"/api/console/conversations/{chat}/macros")).json()["macros"]
        macro = next(one for one in offered if one["id"] == "safety-ambulance-called")
        assert (macro["why_not"] is None) is sent
        # Words of their own under the same macro speak of the ambulance all the same.
        answer = await reply(page, chat, "Help is being arranged, stay here.", macros=[macro["id"]])
        if sent:
            assert answer.status_code == 200
        else:
            error = refused(answer, 422, "macro_without_act")
            assert "Emergency services called (Ambulance)" in error["message"]


class TestEndedMeanwhile:
    async def test_a_reply_to_what_a_colleague_has_just_closed_says_who_and_what_to_do(
        self, room: Room
    ) -> None:
        chat, _ = await room.chat("my receipt please")
        agent, boss = await room.staff("agent"), await room.staff("supervisor")
        await done(agent, chat, "accept")
        await done(boss, chat, "accept", take_over=True)
        await done(boss, chat, "resolve", code="explained", reason="sent it")
        error = refused(await reply(agent, chat, "Here it is."), 409, "ended_meanwhile")
        assert "Chen Jing" in error["message"] and "draft is kept" in error["message"]

    async def test_a_note_of_5000_characters_is_refused_in_words(self, room: Room) -> None:
        chat, _ = await room.chat("my receipt please")
        page = await room.staff("agent")
        error = refused(await act(page, chat, "note", text="x" * 5000), 422, "note_too_long")
        assert "5000" in error["message"] and "4000" in error["message"]
        error = refused(await reply(page, chat, "x" * 5000), 422, "message_too_long")
        assert "5000" in error["message"]

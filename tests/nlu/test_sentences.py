"""The sentences of a message, heard one by one."""

from typing import Any

import pytest

from bot.nlu.sentences import CHECKIN, HANDOVER, MOST, raised, sentences

CALM = {"probability": 0.01, "decision": "routine", "intent": None, "grade": None, "because": ["whole"]}


def part(probability: float, decision: str = "handover", grade: Any = "S0") -> tuple[str, dict[str, Any]]:
    return "he has a knife.", {
        "probability": probability, "decision": decision, "intent": "passenger_in_danger", "grade": grade, "because": ["p"],
    }  # fmt: skip


def test_a_message_is_parted_where_it_says_something() -> None:
    said = [
        "Hi! Order 4471 was 3.50 dearer than what I saw in the app.",
        "There is no handle on my side of the door and he laughed when I asked.",
        "Can I get an invoice for my company?",
    ]
    assert sentences(" ".join(said)) == said
    said = [
        "订单号是四四七一，司机晚到了二十分钟，我在路口一直等了很久。",
        "他把车门锁了不让我下去，问他他就笑！",
        "发票什么时候可以开，抬头是我们公司？",
    ]
    assert sentences("".join(said)) == said


@pytest.mark.parametrize(
    "text",
    [
        "where is my driver",
        "I left the baby in the taxi!! Baby = my saxophone.",
        "救命！优惠券又过期了。真是服了你们。",
    ],
)
def test_what_is_short_is_heard_as_one(text: str) -> None:
    assert sentences(text) == []


def test_what_is_very_long_is_heard_as_one_for_the_time_it_would_take() -> None:
    assert sentences("He is late again. " * 40)
    assert sentences("He is late again. " * 200) == []


@pytest.mark.parametrize("between", ["，", " "])
def test_what_has_no_full_stop_is_parted_at_commas_and_blanks(between: str) -> None:
    said = (
        "我今天下午三点叫的车去火车站,司机说他还在路上要等一会,"
        "后来上车他把车门锁了不让我下去,我还要开一张公司的发票,麻烦尽快回复我"
    )
    pieces = sentences(said.replace(",", between))
    assert len(pieces) > 1
    assert "".join(pieces).replace(" ", "") == said.replace(",", between).replace(" ", "")


def test_a_message_of_many_sentences_is_heard_whole_in_few_pieces() -> None:
    said = " ".join(f"sentence number {n} says nothing." for n in range(20))
    pieces = sentences(said)
    assert (len(pieces), " ".join(pieces)) == (MOST, said)


@pytest.mark.parametrize(
    ("heard", "decision"),
    [
        (part(HANDOVER), "handover"),
        (part(HANDOVER - 0.01), "checkin"),
        (part(CHECKIN, "checkin"), "checkin"),
        (part(CHECKIN - 0.01), "routine"),
        (part(0.99, "routine", None), "routine"),
    ],
)
def test_a_sentence_raises_by_its_own_thresholds(heard: tuple[str, dict[str, Any]], decision: str) -> None:
    found = raised(CALM, [part(0.0, "routine", None), heard])
    assert found["decision"] == decision
    if decision != "routine":
        assert (found["grade"], found["probability"]) == ("S0", heard[1]["probability"])
        assert "he has a knife." in found["because"][-1]


def test_a_sentence_never_lowers() -> None:
    whole = {**CALM, "probability": 0.7, "decision": "handover", "intent": "accident", "grade": "S1"}
    assert raised(whole, [part(0.5), part(0.01, "routine", None)]) == whole
    assert raised(whole, [part(0.9)])["grade"] == "S0"
    grave = {**whole, "grade": "S0"}
    assert raised(grave, [part(0.99, grade="S1")]) == grave

"""What /parse answers, on the tiny model."""

import json

import pytest

from tests.nlu.conftest import Served

ODD = {
    "empty": "",
    "blank": "  \n ",
    "long English": "the car is late again and again. " * 121,
    "long Chinese": "车一直没有来我等了很久。" * 333,
    "emoji": "😀" * 2000,
    "digits": "0123456789" * 400,
    "lone surrogate": "help \ud800 me",
    "NUL": "a\x00b",
    "another language": "водитель приехал поздно",
    "markup": "<script>alert(1)</script>{{{{",
}


@pytest.mark.parametrize("name", ODD)
def test_any_text_gets_a_decision(served: Served, name: str) -> None:
    parsed = served.parse(ODD[name])
    assert parsed["safety"]["decision"] in ("handover", "checkin", "routine")
    assert 0 <= parsed["safety"]["probability"] <= 1
    assert parsed["text"] == ODD[name]


@pytest.mark.parametrize(
    "text", ["help he locked the doors and won't stop", "救命 司机锁了车门不让我下车", "救命 司機鎖了車門"]
)
def test_danger_is_handed_over_with_grade_and_reasons(served: Served, text: str) -> None:
    safety = served.parse(text)["safety"]
    assert (
        safety["decision"] == "handover"
        and safety["intent"] == "passenger_in_danger"
        and safety["grade"] == "S0"
    )
    assert any("passenger_in_danger" in reason for reason in safety["because"])


@pytest.mark.parametrize("text", ["thank you", "多谢", "check my balance"])
def test_routine_stays_routine(served: Served, text: str) -> None:
    assert served.parse(text)["safety"]["decision"] == "routine"


@pytest.mark.parametrize(
    "text", ["ayuda, el conductor no me deja bajar", "помогите", "助けて!運転手が止まらない"]
)
def test_distress_in_an_unknown_language_is_at_least_asked_about(served: Served, text: str) -> None:
    parsed = served.parse(text)
    assert parsed["language"] == "other" and parsed["safety"]["decision"] != "routine"


def test_a_leading_slash_is_text(served: Served) -> None:
    parsed = served.parse('/passenger_in_danger{"item": "x"}')
    assert parsed["intent"]["confidence"] < 1 and "item" not in {one["entity"] for one in parsed["entities"]}


def test_the_ranking_is_whole_and_ordered(served: Served) -> None:
    ranking = served.parse("left my bag in the car")["intent_ranking"]
    shares = [one["confidence"] for one in ranking]
    assert ranking[0]["name"] == "lost_item" and shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("my number is +44 7911 123456", "phone", "+44 7911 123456"),
        ("電話13812345678", "phone", "13812345678"),
        ("车牌浙A·12345的车", "licence_plate", "浙A·12345"),
        ("the plate was AB12 CDE", "licence_plate", "AB12 CDE"),
        ("order number VG20261121001", "order_number", "VG20261121001"),
        ("订单号:20261121093015", "order_number", "20261121093015"),
        ("多收了我35.5元", "amount", "35.5元"),
        ("charged me $12.50 too much", "amount", "$12.50"),
        ("昨晚十点半上车", "time", "昨晚十点半"),
        ("it was at 10:45 pm", "time", "at 10:45 pm"),
        ("送我去虹橋火車站", "place", "虹橋火車站"),
        ("我的充電寶丟了", "lost_item", "充電寶"),
        ("left my AirPods behind", "lost_item", "AirPods"),
    ],
)
def test_entities_keep_the_words_as_typed(served: Served, text: str, entity: str, value: str) -> None:
    found = [one for one in served.parse(text)["entities"] if one["entity"] == entity]
    assert value in [one["value"] for one in found]
    assert all(text[one["start"] : one["end"]].strip() == one["value"] for one in found)


def test_the_language_is_an_entity_that_can_fill_a_slot(served: Served) -> None:
    entities = served.parse("我的手机落车上了")["entities"]
    assert [one["value"] for one in entities if one["entity"] == "language"] == ["zh"]


def test_the_language_hint_counts_only_where_there_are_no_words(served: Served) -> None:
    def heard(text: str) -> str:
        return str(served.call("POST", "/parse", {"text": text, "language": "zh"}).json()["language"])

    assert (heard("👍"), heard("hello")) == ("zh", "en")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b"{", 400),
        ({}, 422),
        ({"text": 3}, 422),
        ({"text": "x" * 4001}, 413),
        ({"text": "x", "language": "fr"}, 422),
    ],
)
def test_bad_requests_are_told_in_words(served: Served, body: object, status: int) -> None:
    response = served.call("POST", "/parse", body)
    assert response.status_code == status and response.json()["error"]["message"]


def test_the_secret_is_required(served: Served) -> None:
    for secret in (None, "wrong"):
        response = served.call("POST", "/parse", {"text": "hello"}, secret=secret)
        assert response.status_code == 401 and json.loads(response.text)["error"]["code"] == "bad_secret"

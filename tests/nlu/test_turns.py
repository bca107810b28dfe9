"""Turns over HTTP: whole or not at all, once each, with what the actions need."""

from concurrent.futures import ThreadPoolExecutor

from tests.nlu.conftest import ActionServer, Served


def _texts(answer: dict) -> list[str]:
    return [message["text"] for message in answer["messages"]]


def test_the_language_of_the_desk_chooses_the_words(served: Served, actions: ActionServer) -> None:
    assert _texts(served.turn("c-lang", "1", "hello", language="zh").json()) == ["你好"]
    assert _texts(served.turn("c-lang", "2", "你好", language="en").json()) == ["hello"]


def test_a_repeated_message_gets_the_recorded_answer_and_runs_nothing(
    served: Served, actions: ActionServer
) -> None:
    first = served.turn("c-twice", "m", "check balance").json()
    calls = len(actions.calls)
    assert served.turn("c-twice", "m", "check balance").json() == first
    assert calls == len(actions.calls) == 1 and _texts(first) == ["asked 1 times"]


def test_ten_at_once_run_once(served: Served, actions: ActionServer) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: served.turn("c-ten", "m", "check balance").json(), range(10)))
    assert len(actions.calls) == 1 and all(answer == answers[0] for answer in answers)


def test_metadata_reaches_the_action(served: Served, actions: ActionServer) -> None:
    served.turn("c-meta", "m7", "balance please", metadata={"role": "rider", "trip_id": "t1"})
    given = actions.calls[0]["tracker"]["latest_message"]["metadata"]
    assert given == {"role": "rider", "trip_id": "t1", "conversation": "c-meta", "message_id": "m7"}


def test_a_failing_action_server_is_an_error_and_leaves_no_trace(
    served: Served, actions: ActionServer
) -> None:
    served.turn("c-fail", "1", "check balance")
    actions.failing = True
    failed = served.turn("c-fail", "2", "check balance")
    assert failed.status_code == 502 and failed.json()["error"]["code"] == "actions_unavailable"
    actions.failing = False
    again = served.turn("c-fail", "2", "check balance")
    assert again.status_code == 200 and _texts(again.json()) == ["asked 2 times"]
    said = [event["text"] for event in actions.calls[-1]["tracker"]["events"] if event["event"] == "user"]
    assert said == ["check balance", "check balance"]


def test_an_injected_parse_is_not_heard_again(served: Served, actions: ActionServer) -> None:
    parse = {**served.parse("hello"), "intent": {"name": "thank", "confidence": 0.9}}
    answer = served.turn("c-parse", "1", "hello", parse=parse).json()
    assert _texts(answer) == ["welcome"]


def test_a_tap_is_its_intent_with_its_entities(served: Served, actions: ActionServer) -> None:
    tap = {"name": "ask_balance", "entities": {"phone": "123"}}
    served.turn("c-tap", "1", "/anything", intent=tap)
    heard = actions.calls[0]["tracker"]["latest_message"]
    assert heard["intent"]["name"] == "ask_balance" and heard["entities"] == [
        {"entity": "phone", "value": "123"}
    ]


def test_an_unknown_tap_is_refused(served: Served) -> None:
    response = served.turn("c-tap2", "1", "x", intent={"name": "no_such_intent"})
    assert response.status_code == 422 and response.json()["error"]["code"] == "unknown_intent"


def test_a_typed_command_carries_nothing(served: Served, actions: ActionServer) -> None:
    # As a command this would run the action with an entity; as text it has no entities but what is found in it.
    served.turn("c-slash", "1", '/ask_balance{"item": "x"}')
    served.turn("c-slash", "2", "check balance")
    given = [entity for call in actions.calls for entity in call["tracker"]["latest_message"]["entities"]]
    said = [event for event in actions.calls[-1]["tracker"]["events"] if event["event"] == "user"]
    assert (
        given == []
        and said[0]["text"].startswith("/ask_balance{")
        and said[0]["parse_data"]["entities"] == []
    )


def test_a_form_is_told_and_filled(served: Served) -> None:
    opened = served.turn("c-form", "1", "I left my phone in the car").json()
    assert opened["active_loop"] == "item_form" and _texts(opened) == ["what was lost?"]
    filled = served.turn("c-form", "2", "my red umbrella").json()
    assert filled["active_loop"] is None and filled["slots"]["item"] == "my red umbrella"


def test_hand_back_leaves_the_form_and_remembers(served: Served, actions: ActionServer) -> None:
    served.turn("c-back", "1", "I left my phone in the car")
    said = [
        {"author": "reporter", "text": "it was a blue bag", "at": "2026-11-21T10:00:00Z"},
        {"author": "staff", "text": "I have called the driver", "at": "2026-11-21T10:01:00Z"},
    ]
    assert (
        served.call(
            "POST", "/handback", {"conversation": "c-back", "said": said, "language": "en"}
        ).status_code
        == 200
    )
    answer = served.turn("c-back", "2", "hello").json()
    assert _texts(answer) == ["hello"] and answer["active_loop"] is None and "item" not in answer["slots"]
    assert "staff: I have called the driver" in answer["slots"]["handed_back_summary"]
    served.turn("c-back", "3", "check balance")
    events = actions.calls[-1]["tracker"]["events"]
    handed_back = [
        event for event in events if event["event"] == "bot" and event["metadata"].get("handed_back")
    ]
    assert [event["text"] for event in handed_back] == ["I have called the driver"]


def test_erasure_forgets_everything(served: Served, actions: ActionServer) -> None:
    served.turn("c-gone/é 1", "1", "check balance")
    assert served.call("DELETE", "/conversations/c-gone%2F%C3%A9%201").json()["forgotten"] is True
    assert served.call("DELETE", "/conversations/c-gone%2F%C3%A9%201").json()["forgotten"] is False
    answer = served.turn("c-gone/é 1", "1", "check balance").json()
    assert _texts(answer) == ["asked 1 times"]


def test_broken_unicode_in_a_turn_is_stored_and_answered(served: Served, actions: ActionServer) -> None:
    response = served.turn("c-odd", "1", "balance please \ud800 \x00")
    assert response.status_code == 200


def test_bad_fields_are_told(served: Served) -> None:
    for body in (
        {"text": "x"},
        {"conversation": "", "message_id": "1", "text": "x"},
        {"conversation": "c", "message_id": "1", "text": "x", "metadata": 3},
        {"conversation": "c", "message_id": "1", "text": "x", "parse": {"intent": 1}},
    ):
        assert served.call("POST", "/turn", body).status_code == 422

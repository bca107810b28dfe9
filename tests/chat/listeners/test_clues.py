"""What finds a ride in the words: two phones are two, and the reporter's own is told from the other."""

from __future__ import annotations

import pytest

from bot.chat.listeners.clues import clues_in, clues_of, with_clues


class TestPhones:
    @pytest.mark.parametrize(
        ("text", "phone", "own"),
        [
            ("我的电话13911112222，她的手机号是19900000001", "19900000001", "13911112222"),
            ("她的手机号是19900000001，打我电话13911112222", "19900000001", "13911112222"),
            ("my number is +44 7700 900111, hers is +44 7700 900102", "+44 7700 900102", "+44 7700 900111"),
            (
                "her phone +44 7700 900102, call me back on +44 7700 900111",
                "+44 7700 900102",
                "+44 7700 900111",
            ),
        ],
    )
    def test_the_reporters_own_is_told_from_the_one_that_is_meant(
        self, text: str, phone: str, own: str
    ) -> None:
        assert clues_of(clues_in(text)) == {"phone": phone, "reporter_phone": own}

    def test_a_phone_of_nobody_named_is_a_phone(self) -> None:
        assert clues_of(clues_in("我妹妹的电话13911112222打不通")) == {"phone": "13911112222"}

    def test_two_phones_are_both_tried(self) -> None:
        found = clues_of(clues_in("她有两个号 19900000001 和 19900000093"))
        assert found == {"phone": "19900000001", "other_phone": "19900000093"}

    def test_what_the_model_found_is_not_found_twice_and_knows_the_reporters_own(self) -> None:
        model = [{"entity": "phone", "value": one} for one in ("13911112222", "19900000001")]
        both = with_clues(model, "我的电话13911112222，她的19900000001")
        assert clues_of(both) == {"phone": "19900000001", "reporter_phone": "13911112222"}

    def test_plate_and_order_stand_beside_it(self) -> None:
        found = clues_of(clues_in("车牌浙A·D8C61 订单号CN210700001"))
        assert found == {"licence_plate": "浙A·D8C61", "order_number": "CN210700001"}

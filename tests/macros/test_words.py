"""Pure parts: what ships, what is filled in for whom, what is hidden, what is alike."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.console import wording
from bot.conversations.models import Conversation
from bot.kit.now import MovableClock, use_clock
from bot.macros import service as macros
from bot.macros import store
from bot.macros.masking import mask
from bot.macros.rendering import Facts, minutes_in_words, own_trip, render
from bot.macros.schemas import Both, MacroContent
from bot.macros.similar import Similar


@pytest.mark.parametrize("name", store.shipped())
def test_every_shipped_macro_checks(name: str) -> None:
    content = store.shipped()[name]
    macros.check(content, "en")
    wording.check_macro(content, "en")


def test_there_are_enough_for_routine_and_for_danger() -> None:
    grades = [content.grades for content in store.shipped().values()]
    assert len(grades) >= 25
    assert sum("S0" in one for one in grades) >= 10 and sum("S3" in one for one in grades) >= 15


class TestRendering:
    CONTENT = MacroContent(
        name=Both(zh="x", en="x"), grades=["S3"], promise_minutes=15,
        text=Both(
            zh="{reporter}，{time}前（{minutes}内）写给您，车牌 {plate}。",
            en="Hello {reporter}, {plate} by {time}, in {minutes}.",
        ),
    )  # fmt: skip

    def test_the_time_is_the_wall_clock_of_the_vehicle(self) -> None:
        use_clock(MovableClock(datetime(2026, 3, 1, 8, 0, tzinfo=UTC)))
        try:
            made = render(
                self.CONTENT, "en", Facts({"reporter": "Ada", "plate": "AB12 CDE"}, "Asia/Shanghai")
            )
            unknown = render(self.CONTENT, "zh", Facts({}))
        finally:
            use_clock(None)
        assert made.text == "Hello Ada, AB12 CDE by 16:15, in 15 minutes."
        assert made.promise_at == datetime(2026, 3, 1, 8, 15, tzinfo=UTC)
        # A name that nobody knows leaves no hole, a plate does, and an unknown clock names its zone.
        assert unknown.text == "16:15 (Shanghai)前（15 分钟内）写给您，车牌 {plate}。"
        assert unknown.missing == ["plate"]

    @pytest.mark.parametrize(
        ("role", "identity", "trip", "own"),
        [("rider", "token", "t1", True), ("driver", "code", "t1", True), ("third_party", "code", "t1", False),
         ("officer", "code", "t1", False), ("rider", "none", "t1", False), ("rider", "token", None, False)],
    )  # fmt: skip
    def test_a_trip_is_spoken_of_only_to_whom_it_is(
        self, role: str, identity: str, trip: str | None, own: bool
    ) -> None:
        assert own_trip(Conversation(role=role, identity=identity, trip_id=trip)) is own

    def test_spans_read_as_people_say_them(self) -> None:
        assert [minutes_in_words(n, "en") for n in (1, 45, 60, 120)] == [
            "1 minute",
            "45 minutes",
            "1 hour",
            "2 hours",
        ]
        assert minutes_in_words(2880, "zh") == "2 天"

    @pytest.mark.parametrize(
        ("said", "minutes"),
        [("within two hours", 120), ("半小时内", 30), ("十分钟内", 10), ("in 45 mins", 45), ("1天内", 1440), ("at five", None)],
    )  # fmt: skip
    def test_the_span_that_words_name(self, said: str, minutes: int | None) -> None:
        assert wording.minutes_named(said) == minutes


KNOWN = {
    "reporter": ["Ada King", "李雷"],
    "driver": ["王师傅"],
    "agent": ["王强 Sam Wong"],
    "plate": ["浙A12345"],
}
PRIVATE = [
    "Hello Ada, this is Sam. Your umbrella is with Zhang Wei, plate 浙A·12345, call 13800138000 by 16:20.",
    "李雷您好，雨伞在王师傅那里，车牌浙A12345，请明天下午三点到文三路100号取，电话 138 0013 8000，退款 32.50 元。",
    "司机张伟强说包在后座，订单 HZ20240511-0099，费用￥45 已经核对。",
    "Maria, order TR-88231 had a toll of $12.40 on 3 May.",
    "Rosalind left the bag at Victoria Station, ask Mr Smith, rosalind.k@mail.example.",
    "我是客服王小明，欧阳娜娜女士的钥匙找到了，住在阳光花园3栋。陈先生已经取走。",
    "联系人是赵一曼，手机１３９１２３４５６７８，下午四点半前都在。",
]
SECRETS = (
    "Ada", "King", "Sam", "Zhang", "Wei", "Maria", "Rosalind", "Victoria", "Smith", "mail.example", "3 May", "HZ2024",
    "李雷", "王师傅", "张伟", "王小明", "欧阳", "娜娜", "陈先", "赵一曼", "文三路", "阳光花园", "三点", "四点", "１３９",
)  # fmt: skip


class TestMasking:
    @pytest.mark.parametrize("text", PRIVATE)
    def test_nothing_of_anybody_is_left(self, text: str) -> None:
        masked = mask(text, KNOWN)
        assert [secret for secret in SECRETS if secret in masked] == [], masked
        assert not any(sign.isdigit() for sign in masked)

    @pytest.mark.parametrize(
        "text",
        [
            "发票可以在行程详情里申请，合并多个行程也可以。抬头请写公司的全称，税号不能错。",
            "已经为您登记，司机会在收车之后检查后备箱，找到了就写给您。",
            "You can see the toll in the receipt. Thank you for telling us.",
        ],
    )
    def test_what_is_nobodys_stays(self, text: str) -> None:
        assert mask(text, KNOWN) == text


class TestSimilar:
    def test_the_likest_comes_first_in_both_languages(self) -> None:
        near = Similar()
        near.put("umbrella", "I left my umbrella in the car")
        near.put("invoice", "I need an invoice for my company")
        near.put("伞", "我的雨伞落在车上了")
        near.put("发票", "公司要开发票")
        assert near.search("left an umbrela on the back seat", 2, 0.1)[0][0] == "umbrella"
        assert near.search("雨伞忘在车里", 2, 0.1)[0][0] == "伞"
        near.drop("伞")
        assert "伞" not in [key for key, _ in near.search("雨伞忘在车里", 5, 0.0)]
        assert near.search("quantum", 3, 0.2) == [] and len(near) == 3

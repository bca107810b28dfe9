"""What a lost thing is called: its name and its looks, never what else stands in the message."""

from __future__ import annotations

import pytest

from actions import things
from actions.things import Thing

DESCRIBED = [
    ("a blue folder", "a blue folder"),
    (
        "I left a black leather backpack with a red ribbon, Samsonite",
        "a black leather backpack with a red ribbon",
    ),
    ("it was an iPhone 15", "an iPhone 15"),
    ("黑色的包", "黑色的包"),
    ("我落了一把雨伞", "一把雨伞"),
    ("he shouted at me and threw my bag out", "bag"),
    ("司机一路骂我，还翻我的包", "包"),
    ("一个粉色的玩具小熊，我住人民路88号3单元502，电话13812345678，找到打给我", "一个粉色的玩具小熊"),
    ("一个粉色的小熊，我住人民路88号3单元502", "一个粉色的小熊"),
    ("我住人民路88号，包是黑色的", "包"),
    ("Samsung Galaxy, black, cracked screen", "Samsung Galaxy"),
    ("a door key for flat 12, 5 Baker Street", "key"),
    ("my phone, call me on 07700 900123", "my phone"),
]
NOTHING = [
    "he is scaring me",
    "我很害怕",
    "no idea sorry mate",
    "how long does it take?",
    "我住人民路88号3单元502",
]


class TestDescribed:
    @pytest.mark.parametrize(("text", "name"), DESCRIBED)
    def test_only_the_thing_and_its_looks_are_kept(self, text, name):
        found = things.described(text)
        assert found is not None and found.words == name

    @pytest.mark.parametrize("text", NOTHING)
    def test_where_no_thing_is_named_none_is_believed(self, text):
        assert things.described(text) is None

    @pytest.mark.parametrize(
        ("text", "heard"),
        [("一个保温杯", "保温杯"), ("grandma's walking stick", "walking stick"), ("孩子的书包", "")],
    )
    def test_a_bare_name_is_nothing_else(self, text, heard):
        assert things.nothing_else(text, [heard])

    @pytest.mark.parametrize("text", ["he took my bag", "司机抢了我的包", "the bag. I am scared", "包，救命"])
    def test_a_sentence_about_somebody_is_more_than_a_name(self, text):
        assert not things.nothing_else(text)


class TestSeveral:
    @pytest.mark.parametrize(
        ("name", "text", "rest"),
        [
            ("passport", "I left my phone and my passport in the car", ["phone"]),
            ("手机", "手机、护照和一把黑色的雨伞都落车上了", ["护照", "雨伞"]),
            ("umbrella", "left my umbrella, call my phone", []),
            ("umbrella", "my phone is dead. I left my umbrella", []),
        ],
    )
    def test_what_is_named_in_one_breath_is_lost_too(self, name, text, rest):
        assert [thing.words for thing in things.named_with(name, text)] == rest


class TestSame:
    @pytest.mark.parametrize(
        ("category", "one", "other"),
        [
            ("bag", "backpack", "my black backpack"),
            ("bag", "我的背包", "黑色背包"),
            ("phone", "iPhone", "phone"),
            ("clothing", "雨伞", "umbrella"),
        ],
    )
    def test_one_word_with_more_or_less_of_its_looks(self, category, one, other):
        assert things.same(Thing(category, one), Thing(category, other))

    @pytest.mark.parametrize(
        ("category", "one", "other"),
        [
            ("bag", "backpack", "suitcase"),
            ("bag", "a red backpack", "my black backpack"),
            ("passport", "护照", "身份证"),
            ("other", "watch", "ring"),
        ],
    )
    def test_two_things_of_one_kind_are_two(self, category, one, other):
        assert not things.same(Thing(category, one), Thing(category, other))

"""Which language a text is answered in: Latin letters make no Chinese chat English, nor one name an English chat Chinese."""

from __future__ import annotations

import pytest

from bot.kit.locale import language_of


class TestAChineseChat:
    @pytest.mark.parametrize(
        "text",
        [
            "SOS", "sos!!!", "HELP", "help", "OK", "ok ok ok", "iPhone 15", "iPhone 15 Pro Max", "AirPods Pro 2",
            "iphone pro max", "A12345", "B 88888", "VG-7K2M", "BYD Han EV", "Louis Vuitton bag", "Nike Air Max 270",
            "nike adidas puma", "T2 P7 B12", "SOS SOS SOS", "PVG T2", "wo de shou ji diao le", "kuai lai jiu wo",
            "ta bu rang wo xia che", "thank you", "110", "?!", "😭😭😭", "",
        ],
    )  # fmt: skip
    def test_stays_chinese_for_codes_plates_brands_and_pinyin(self, text: str) -> None:
        assert language_of(text, "zh") == "zh"

    @pytest.mark.parametrize(
        "text",
        [
            "where is my driver", "He is hitting me", "HE IS HITTING ME", "driver locked doors", "Stop the car!",
            "I left my iPhone 15 Pro in the car", "don\u2019t let him drive", "my driver A12345 is drunk",
            "The driver won't let me out",
        ],
    )  # fmt: skip
    def test_becomes_english_by_an_english_sentence(self, text: str) -> None:
        assert language_of(text, "zh") == "en"

    def test_stays_chinese_while_chinese_is_written_in_it(self) -> None:
        assert language_of("我在 Starbucks please come to the door now", "zh") == "zh"


class TestAnEnglishChat:
    @pytest.mark.parametrize("text", ["司机打我", "help 救命", "我的 iPhone 落在车上了"])
    def test_becomes_chinese_by_chinese_words(self, text: str) -> None:
        assert language_of(text, "en") == "zh"

    @pytest.mark.parametrize(
        "text",
        ["my driver 王师傅 is drunk please stop him", "I wait at 人民广场 and he does not come", "SOS"],
    )
    def test_stays_english_when_it_quotes_a_name(self, text: str) -> None:
        assert language_of(text, "en") == "en"

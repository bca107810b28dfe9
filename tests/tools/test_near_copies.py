"""Near-copies among messages: what counts as one, and that nothing is overlooked for speed."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from tools.checks.near import TOO_NEAR, Message, bare, jaccard, near_pairs, trigrams


def messages(*texts: str) -> list[Message]:
    return [Message(text, str(number)) for number, text in enumerate(texts)]


class TestWhatCounts:
    def test_one_word_changed_in_a_long_message_is_a_near_copy(self) -> None:
        found = near_pairs(
            messages(
                "he locked all the doors and will not stop", "He locked all the doors, and will not stop!!"
            )
        )
        assert [pair.nearness for pair in found] == [1.0]

    def test_chinese_near_copies_are_found(self) -> None:
        assert near_pairs(messages("司机把车门锁了不让我下车，快来", "司机把车门锁了不让我下车，快来人"))

    def test_other_words_for_the_same_thing_are_none(self) -> None:
        assert not near_pairs(
            messages("he locked the doors and won't stop", "I can't get out, he keeps driving")
        )

    @pytest.mark.parametrize("text", ["👍", "!!!", "…", "🆘🆘", "  ", "\u200d", "⚠️"])
    def test_what_has_neither_letters_nor_digits_is_left_out(self, text: str) -> None:
        assert bare(text) == ""
        assert not near_pairs(messages(text, text, "🙏"))
        assert not near_pairs(messages(text), messages(text))

    def test_single_latin_words_are_compared_whole(self) -> None:
        assert not near_pairs(messages("correct", "incorrect"))
        assert near_pairs(messages("Correct", "correct."))

    def test_pairs_between_two_lists_only(self) -> None:
        learnt = messages("my bag is in the boot of that car", "my bag is in the boot of that car")
        found = near_pairs(learnt, messages("my bag is in the boot of the car"))
        assert len(found) == 2 and {pair.second.place for pair in found} == {"0"}


class TestNothingOverlooked:
    @pytest.mark.parametrize("seed", range(5))
    def test_finds_what_comparing_all_finds(self, seed: int) -> None:
        chance = random.Random(seed)
        words = [
            "door",
            "doors",
            "stop",
            "stopped",
            "he",
            "she",
            "locked",
            "phone",
            "my",
            "the",
            "手机",
            "司机",
            "车",
        ]
        texts = [" ".join(chance.choices(words, k=chance.randint(1, 7))) for _ in range(150)]
        listed = messages(*texts)
        all_pairs = {
            (one.place, other.place)
            for one, other in combinations(listed, 2)
            if jaccard(trigrams(bare(one.text)), trigrams(bare(other.text))) > TOO_NEAR
        }
        assert all_pairs
        assert {(pair.first.place, pair.second.place) for pair in near_pairs(listed)} == all_pairs

    def test_between_two_lists_finds_what_comparing_all_finds(self) -> None:
        chance = random.Random(9)
        words = ["where", "is", "my", "car", "driver", "bag", "lost", "left"]
        texts = [" ".join(chance.choices(words, k=chance.randint(2, 6))) for _ in range(200)]
        known, asked = messages(*texts[:120]), messages(*texts[120:])
        expected = sum(
            jaccard(trigrams(bare(one.text)), trigrams(bare(other.text))) > TOO_NEAR
            for one in known
            for other in asked
        )
        assert expected and len(near_pairs(known, asked)) == expected

"""Clean forms, languages, n-grams and passages."""

import pytest

from bot.nlu.components.ngrams import grams
from bot.nlu.languages import identify
from bot.nlu.passages import MOST, PASSAGE, passages
from bot.nlu.text import align, meaning

AWKWARD = [
    "",
    " ",
    "\ud800",
    "a\udfffb",
    "\x00",
    "👍" * 2000,
    "1" * 4000,
    "救" * 4000,
    "\u202e救\u200b命",
    "ABC司機",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_alignment_keeps_every_place(text: str) -> None:
    assert len(align(text)) == len(text)


@pytest.mark.parametrize("text", AWKWARD)
def test_no_text_breaks_a_form(text: str) -> None:
    meaning(text).encode("utf-8")
    list(grams(meaning(text)))
    identify(text)


def test_traditional_and_full_width_become_simplified_and_half_width() -> None:
    assert align("司機鎖門A1") == "司机锁门A1"


def test_hidden_characters_do_not_hide_words() -> None:
    assert meaning("he\u200blp  救\u200d命命命命命") == "help 救命命"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("he locked the doors", "en"),
        ("help", "en"),
        ("司機把門鎖了", "zh"),
        ("我的phone丢了", "zh"),
        ("ayuda por favor el conductor no para", "other"),
        ("помогите", "other"),
        ("助けてください", "other"),
        ("도와주세요", "other"),
        ("👍", None),
        ("110", None),
        ("", None),
    ],
)
def test_language(text: str, language: str | None) -> None:
    assert identify(text) == language


def test_long_text_is_read_from_first_to_last_in_bounded_pieces() -> None:
    pieces = passages("first words. " + "filler sentence. " * 220 + "last words")
    assert len(pieces) == MOST and all(len(piece) <= PASSAGE for piece in pieces)
    assert pieces[0].startswith("first") and pieces[-1].endswith("last words")


def test_chinese_is_cut_at_half_the_signs() -> None:
    pieces = passages("车一直没有来我等了很久" * 300)
    assert len(pieces) == MOST and all(len(piece) <= PASSAGE // 2 for piece in pieces)
    assert "".join(passages("我在车上" * 30)) == "我在车上" * 30

"""What the rules look at: one spelling, with the sentence ends it had."""

from __future__ import annotations

import re
import time

import pytest

from bot.chat.listeners.plain import normalise, plain_of


def said_around(text: str, words: str) -> str:
    """The sentence that `words` stand in, once normalised."""
    plain = plain_of(text)
    start = plain.text.index(words)
    return plain.sentences().around(start, start + len(words))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("救 命", "救命"), ("救。命", "救命"), ("ｈｅｌｐ", "help"), ("H E L P", "help"), ("s.o.s", "sos"), ("救\n命", "救命"),
        ("h-e-l-p me", "help me"), ("a knife\nhere", "a knife here"), ("i am a vegan", "i am a vegan"),
        ("he\u200blp", "help"), ("救命啊，師傅", "救命啊师傅"), ("it’s", "it's"),
    ],
)  # fmt: skip
def test_one_spelling(text: str, plain: str) -> None:
    assert normalise(text) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("hе hаs а knifе", "he has a knife"), ("НЕLР", "help"), ("һеӏр һеlр", "һеӏр help"), ("ηelp κnife", "ηelp knife"),
        ("у него нож", "у него нож"), ("помогите", "помогите"), ("βοήθεια", "βοήθεια"), ("у него knifе", "у него knife"),
    ],
)  # fmt: skip
def test_letters_that_look_latin_are_latin_but_russian_and_greek_stay(text: str, plain: str) -> None:
    assert normalise(text) == plain


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("乘客打我。电话也打不通", "打我", "乘客打我"), ("乘客打我\n电话也打不通", "电话", "电话也打不通"),
        ("乘客打我，电话也打不通", "打我", "乘客打我电话也打不通"), ("乘客打我. 电话", "打我", "乘客打我"),
        ("he hit me\ni lost my bag", "hit me", "he hit me "), ("he hit me. i lost", "hit me", "he hit me."),
        ("救我！他打我", "他打我", "他打我"),
    ],
)  # fmt: skip
def test_sentences_end_where_they_did_before_normalising(text: str, words: str, sentence: str) -> None:
    assert said_around(text, words) == sentence


def test_ends_keep_their_place_when_words_before_them_are_blanked() -> None:
    plain = plain_of("toy car。他打我。电话\ntoy car\n不通").without(re.compile("toy car"), " _ ")
    assert plain.text == " _ 。他打我电话  _  不通"
    at = [plain.text[end:] for end in plain.ends]
    assert at == ["电话  _  不通", " _  不通", "不通"]


def test_clauses_stand_on_lines_of_their_own() -> None:
    assert (
        plain_of("救命，手机丢了。Help, I fell\nbye").sentences().clauses()
        == "救命\n手机丢了。\nhelp,\ni fell\nbye"
    )
    assert plain_of("only one").sentences().clauses() == ""


@pytest.mark.parametrize("piece", ["汉。", "'\n", "a b ", "汉 . ", "а", "h.", "\n", "汉，a,"])
def test_4000_characters_are_read_in_under_20_ms(piece: str) -> None:
    def seconds() -> float:
        begin = time.thread_time()
        plain_of((piece * 4000)[:4000]).without(re.compile("'"), "").sentences().clauses()
        return time.thread_time() - begin

    seconds()
    assert min(seconds() for _ in range(5)) < 0.020

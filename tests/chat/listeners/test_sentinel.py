"""Sentinel's lexicon proves itself: every rule on its own examples, its speed, and what it refuses to load."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import pytest
import yaml

from bot.chat.listeners.sentinel import Lexicon, ModifierRule, Rule, Sentinel, sentinel
from bot.settings import settings

FOLDER = settings().data / "safety" / "lexicon"
LEXICON = sentinel().lexicon
RULES = {rule.id: rule for rule in LEXICON.rules}
ANSWER = {"hand_over": "handover", "check_in": "checkin"}


def alone(rule: Rule) -> Sentinel:
    """A sentinel that knows this one rule (and the words and everyday phrases of both languages)."""
    return Sentinel(LEXICON.model_copy(update={"rules": [rule], "modifiers": []}))


def a_rule(**changes: object) -> dict[str, object]:
    return {
        "id": "a", "intent": "accident", "grade": "S0", "why": "a crash",
        "patterns": ["crash"], "match": ["crash"], "no_match": ["hello"],
    } | changes  # fmt: skip


def write(folder: Path, rule: dict[str, object]) -> Path:
    content = {"version": 1, "everyday": [], "rules": [rule], "modifiers": []}
    (folder / "xx.yml").write_text(yaml.safe_dump(content), "utf-8")
    return folder


def test_ids_are_unique() -> None:
    ids = [rule.id for rule in LEXICON.rules]
    assert sorted(ids) == sorted(set(ids))


def test_every_rule_is_of_danger() -> None:
    assert {rule.grade for rule in LEXICON.rules} == {"S0", "S1"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_language_covers_all_safety_intents(language: str) -> None:
    files = (FOLDER / language).glob("*.yml")
    rules = [rule for file in files for rule in yaml.safe_load(file.read_text("utf-8")).get("rules", [])]
    assert {rule["intent"] for rule in rules if rule.get("says") != "check_in"} >= {
        "passenger_in_danger", "sexual_harassment", "missing_person", "accident", "medical_emergency",
        "person_left_in_vehicle", "self_harm", "dangerous_driving", "route_deviation",
        "driver_vehicle_mismatch", "stranded", "stalking_after_ride", "driver_under_threat", "police_request",
    }  # fmt: skip


@pytest.mark.parametrize("name", RULES)
class TestRule:
    def test_hears_its_own_examples_by_itself(self, name: str) -> None:
        one = alone(RULES[name])
        deaf = [text for text in RULES[name].match if one.hear(text).decision != ANSWER[RULES[name].says]]
        assert deaf == []

    def test_stays_quiet_on_what_it_must_not_hear(self, name: str) -> None:
        """One that hands over may still ask: what excuses it is a doubt, and so is a cry among other words."""
        one, rule = alone(RULES[name]), RULES[name]
        quiet = {"routine", "checkin"} if rule.says == "hand_over" else {"routine"}
        alarms = [text for text in rule.no_match if one.hear(text).decision not in quiet]
        assert alarms == []

    def test_what_it_hands_over_is_graded_as_gravely_or_more(self, name: str) -> None:
        rule = RULES[name]
        heard = [(text, sentinel().hear(text)) for text in rule.match]
        assert [text for text, one in heard if one.decision == "routine"] == []
        if rule.says == "hand_over":
            assert [text for text, one in heard if one.grade is None or one.grade > rule.grade] == []

    def test_has_enough_examples(self, name: str) -> None:
        assert len(RULES[name].match) >= 3
        assert len(RULES[name].no_match) >= 2


@pytest.mark.parametrize("name", RULES)
def test_each_pattern_is_proven_by_an_example(name: str) -> None:
    unproven = []
    for pattern in RULES[name].patterns:
        rule = RULES[name].model_copy(update={"patterns": [pattern], "unless": []})
        one = Sentinel(LEXICON.model_copy(update={"rules": [rule], "everyday": [], "modifiers": []}))
        if all(one.hear(text).decision == "routine" for text in rule.match):
            unproven.append(pattern)
    assert unproven == []


@pytest.mark.parametrize(
    "text",
    [
        "he punched my wife", "need an ambulance, my phone is dying", "he pulled a gun out of the boot",
        "she collapsed and isn't moving", "kicked me out on the motorway because I couldn't pay the fare",
        "he won't let me out until I pay", "my baby is locked in the car with my bag",
        "it's late and I'm scared of the driver", "we crashed and my phone is broken", "I want to die lol",
        "driver is asleep and my kids are in the car", "my husband is going to kill me",
    ],
)  # fmt: skip
def test_a_guard_word_beside_a_cry_does_not_silence_it(text: str) -> None:
    assert sentinel().hear(text).decision == "handover"


@pytest.mark.parametrize("rule", LEXICON.modifiers, ids=lambda rule: str(rule.modifier))
def test_modifier_names_its_examples_and_no_others(rule: ModifierRule) -> None:
    one = Sentinel(Lexicon(rules=[], modifiers=[rule], words=LEXICON.words))
    assert [text for text in rule.match if rule.modifier not in one.hear(text).modifiers] == []
    assert [text for text in rule.no_match if rule.modifier in one.hear(text).modifiers] == []


@pytest.mark.parametrize(
    "text",
    ["haha the price is killing me. help, he has a knife", "traffic is murder and the driver won't let me out",
     "the app crashed and now the car is on fire", "my phone died but he is outside my house"],
)  # fmt: skip
def test_everyday_phrases_swallow_no_cry_beside_them(text: str) -> None:
    assert sentinel().hear(text).grade == "S0"


class TestSpeed:
    @pytest.mark.parametrize(
        "piece",
        [
            "he won't ",
            "a" * 50 + " ",
            "(((",
            "driver driver ",
            "司机不让我",
            "the car my ",
            "他打我。",
            "h e ",
            "'\n",
            "у нас ",
            "助けて ",
            "help, ",
            "cứu ",
            "तुम ",
        ],
    )
    def test_4000_adversarial_characters_take_under_50_ms(self, piece: str) -> None:
        text = (piece * 4000)[:4000]
        sentinel().hear(text)
        assert min(clock(text) for _ in range(5)) < 0.050

    def test_300_short_messages_take_under_1_5_ms_in_the_median(self) -> None:
        texts = [text for rule in LEXICON.rules for text in rule.match + rule.no_match][:300]
        assert len(texts) == 300
        sentinel().hear(texts[0])
        assert statistics.median(min(clock(text) for _ in range(3)) for text in texts) < 0.0015


def clock(text: str) -> float:
    """Seconds of processor time that one hearing takes: what other work the machine has is no part of it."""
    begin = time.thread_time()
    sentinel().hear(text)
    return time.thread_time() - begin


class TestAnswers:
    """One rule that is sure and one that is not."""

    both = Sentinel(
        Lexicon(
            words={"car": "car|cab", "crashed": "(?:the )?<car> crashed"},
            everyday=["toy car"],
            rules=[
                Rule.model_validate(a_rule(patterns=["<crashed>"], unless=["in the film"])),
                Rule.model_validate(
                    a_rule(id="b", patterns=["bump"], says="check_in", grade="S0", intent="stranded")
                ),
            ],
        )
    )

    def test_a_check_in_rule_asks_and_names_itself(self) -> None:
        heard = self.both.hear("we felt a bump")
        assert (heard.decision, heard.intent, heard.because) == ("checkin", "stranded", ["b: a crash"])
        assert 0 < heard.probability < 1

    def test_handing_over_outranks_asking_and_tells_both_reasons(self) -> None:
        heard = self.both.hear("bump, and then the cab crashed")
        assert (heard.decision, heard.intent, heard.probability) == ("handover", "accident", 1.0)
        assert heard.because == ["a: a crash", "b: a crash"]

    def test_an_excuse_counts_in_its_own_sentence_only(self) -> None:
        assert self.both.hear("in the film the car crashed").decision == "checkin"
        assert (
            self.both.hear("we talked of a scene in the film. Then the car crashed!").decision == "handover"
        )
        assert self.both.hear("The car crashed! As in the film.").decision == "handover"
        assert self.both.hear("we were in the film\nthe car crashed").decision == "handover"

    def test_an_excuse_counts_before_the_words_and_not_in_a_clause_after_them(self) -> None:
        assert self.both.hear("in the film, the car crashed").decision == "checkin"
        assert self.both.hear("the car crashed, and nobody in the film helps").decision == "handover"

    def test_what_is_excused_asks_and_shows_its_doubt(self) -> None:
        heard = self.both.hear("in the film the car crashed")
        assert (heard.intent, heard.grade, heard.because) == ("accident", "S0", ["a?: a crash"])

    def test_a_check_in_that_is_excused_stays_quiet(self) -> None:
        rule = a_rule(says="check_in", unless=["film"])
        assert (
            Sentinel(Lexicon(rules=[Rule.model_validate(rule)])).hear("crash, a film").decision == "routine"
        )

    def test_a_cry_that_hands_over_alone_asks_among_other_words(self) -> None:
        cry = Sentinel(Lexicon(rules=[Rule.model_validate(a_rule(patterns=[r"^\W*crash\W*$"]))]))
        assert cry.hear("crash!").decision == "handover"
        assert [cry.hear(text).decision for text in ("crash! my phone", "my bag\ncrash")] == ["checkin"] * 2
        assert cry.hear("the crash of my app").decision == "routine"

    def test_what_is_excused_once_is_heard_when_said_again(self) -> None:
        assert self.both.hear("In the film the car crashed. Now the car crashed").decision == "handover"

    def test_an_everyday_phrase_is_blanked_and_leaves_no_bare_cry(self) -> None:
        assert self.both.hear("toy car crashed").decision == "routine"
        assert sentinel().hear("payment stuck, help!!").decision != "handover"

    def test_apostrophes_make_no_difference(self) -> None:
        texts = ["he won't let me out", "he wont let me out", "he won’t let me out"]
        assert {sentinel().hear(text).decision for text in texts} == {"handover"}


@pytest.mark.parametrize(
    "text",
    ["my insole is worn, can I get a refund", "qja 882 is the plate in my receipt", "please unblock me", "wrong card charged",
     "charge me in dollars instead", "dnatest.com coupon", "I want the aedile award"],
)  # fmt: skip
def test_a_latin_fragment_inside_a_word_is_no_cry(text: str) -> None:
    assert sentinel().hear(text).decision == "routine"


class TestRefusals:
    def test_an_empty_folder_is_refused_in_words(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="holds no lexicon"):
            Sentinel.load(tmp_path)

    def test_an_unknown_intent_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="unknown intents: teleported"):
            Sentinel.load(write(tmp_path, a_rule(intent="teleported")))

    @pytest.mark.parametrize("place", ["patterns", "unless"])
    def test_a_bad_pattern_is_refused_with_its_fault_and_its_rule(self, tmp_path: Path, place: str) -> None:
        with pytest.raises(ValueError, match=r"lexicon, a: missing \): \(crash"):
            Sentinel.load(write(tmp_path, a_rule(**{place: ["(crash"]})))

    def test_a_bad_everyday_phrase_or_modifier_is_named(self) -> None:
        with pytest.raises(ValueError, match="lexicon, everyday: "):
            Sentinel(Lexicon(everyday=["("]))
        bad = ModifierRule(modifier="vulnerable", patterns=["["], match=["a"], no_match=["b"])
        with pytest.raises(ValueError, match="lexicon, modifier vulnerable: "):
            Sentinel(Lexicon(modifiers=[bad]))

    def test_words_that_nobody_named_are_refused_with_their_rule(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="lexicon, a: no words are named 'kin' in my <kin>"):
            Sentinel.load(write(tmp_path, a_rule(patterns=["my <kin>"])))

    def test_a_file_that_is_no_lexicon_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "broken.yml").write_text("rules: [", "utf-8")
        with pytest.raises(ValueError, match=r"broken\.yml"):
            Sentinel.load(tmp_path)

    def test_a_rule_without_patterns_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="patterns"):
            Sentinel.load(write(tmp_path, a_rule(patterns=[])))

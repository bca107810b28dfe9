"""Cries among other words, in other languages and in other letters: none may go unheard."""

from __future__ import annotations

import random

import pytest

from bot.chat.listeners.sentinel import sentinel

HARMLESS = {
    "zh": ["，我手机丢了", "，电话也打不通", "，钱也没退", "，发票都不给", "。我包落车上了", "。昨天也这样", "\n电话也打不通"],
    "en": [", he took my phone", ", i want a refund", ", the app isnt working", ", this is not a movie", "\ni lost my phone"],
}  # fmt: skip


def _han(text: str) -> bool:
    return any("\u3400" <= sign <= "\u9fff" for sign in text)


def combined(count: int) -> list[str]:
    """So many of the lexicon's own cries, each with a harmless clause behind it; the same ones every time."""
    cries = [
        text for rule in sentinel().lexicon.rules if rule.says == "hand_over"
        for text in rule.match if sentinel().hear(text).decision == "handover"
    ]  # fmt: skip
    draw = random.Random(20180824)
    return [
        cry.rstrip("!。.！") + draw.choice(HARMLESS["zh" if _han(cry) else "en"])
        for cry in draw.sample(cries, count)
    ]


def test_a_harmless_clause_behind_a_cry_neither_silences_nor_softens_it() -> None:
    heard = [sentinel().hear(text).decision for text in combined(900)]
    assert heard.count("routine") <= 4
    assert heard.count("handover") >= 0.94 * len(heard)


@pytest.mark.parametrize(
    "text",
    [
        "乘客打我。电话也打不通。", "被打劫了。发票都不给。", "刀架在她脖子上。我包落车上了", "司机拿刀顶着我。我包落车上了。",
        "driver drove off with my daughter in the back, i left my bag", "my son is choking, this is not a movie",
    ],
)  # fmt: skip
def test_a_neighbours_excuse_is_none_for_a_cry(text: str) -> None:
    assert sentinel().hear(text).decision == "handover"


@pytest.mark.parametrize(
    "text", ["please call the police\ni lost my phone", "help, he took my phone", "110, i lost my bag"]
)
def test_a_cry_that_hands_over_alone_asks_at_least(text: str) -> None:
    assert sentinel().hear(text).decision != "routine"


@pytest.mark.parametrize(
    "text",
    [
        "he has got a pistol pointed at us", "someone in the back put a rope around the drivers neck",
        "he keeps pulling at my dress", "the driver is lying on top of me", "blood all over the back seat",
        "i have to whisper, he is in the front seat", "please hlep we are locked in", "h e l p", "H.E.L.P",
        "driver filming me under my skirt", "the driver from last night is outside my house again",
        "he switched off his headlights and drove into a dirt lane", "he hit a cyclist and just kept going",
        "gonna jump when he crosses the bridge", "he is in my room with a knife", "police send someone now please",
        "后座那人掏出一把手枪", "乘客用鞋带勒司机脖子", "司机扒我裙子", "我被他按在后排动不了", "地上全是血",
        "我说不出话 他在盯着手机",
        "120 快来", "快派警察来", "就命啊", "俺遭锁车里头了", "大灯关了 拐进一条土路", "他撞了个老人没停",
        "那个司机又来我家楼下了",
        "他把手机伸到我裙子底下拍", "师傅趴在方向盘上叫不醒", "等车上桥我就跳",
    ],
)  # fmt: skip
def test_what_is_plain_to_any_reader_is_handed_over(text: str) -> None:
    assert sentinel().hear(text).decision == "handover"


@pytest.mark.parametrize(
    "text",
    [
        "助けて", "살려주세요", "ayuda", "¡Ayúdenme por favor!", "au secours", "À l'aide", "socorro", "Hilfe!!", "النجدة",
        "помогите", "ช่วยด้วย", "cứu tôi với", "cuu toi voi", "tolong!!!", "बचाओ", "bachao",
        "運転手が銃を持っています", "기사가 칼을 꺼냈어요",
        "el conductor tiene una pistola", "le chauffeur a un couteau", "o motorista tem uma arma", "der Fahrer hat ein Messer",
        "السائق معه مسدس", "у водителя нож", "คนขับมีปืน", "tài xế có súng", "sopir bawa pisau", "ड्राइवर के पास बंदूक है",
        "me han secuestrado", "on est kidnappées", "fui sequestrado", "誘拐されています", "меня увозят", "saya dirampok",
    ],
)  # fmt: skip
def test_a_cry_or_a_weapon_in_another_language_is_handed_over(text: str) -> None:
    assert sentinel().hear(text).decision == "handover"


@pytest.mark.parametrize(
    "text",
    ["警察を呼ぶべきですか", "무서워요", "tengo miedo", "j'ai peur", "estou com medo", "Ich habe Angst",
     "أنا خائفة", "мне страшно",
     "กลัวมาก", "tôi sợ lắm", "bahaya sekali", "मुझे डर लग रहा है"],
)  # fmt: skip
def test_fear_in_another_language_is_asked_about(text: str) -> None:
    assert sentinel().hear(text).decision != "routine"


@pytest.mark.parametrize(
    "text",
    ["ありがとう、領収書をください", "영수증 주세요", "¿dónde está mi factura?", "merci beaucoup",
     "obrigado", "danke, wo ist der Beleg",
     "شكرا", "спасибо, где чек", "ขอบคุณค่ะ", "cảm ơn", "terima kasih", "धन्यवाद", "por favor", "お願いします", "ครับ", "bitte"],
)  # fmt: skip
def test_other_words_in_another_language_are_not_danger(text: str) -> None:
    assert sentinel().hear(text).decision == "routine"


@pytest.mark.parametrize(
    "text",
    ["hе hаs а knifе", "ｈｅ ｈａｓ ａ ｋｎｉｆｅ", "he has a κnife", "НЕLР МЕ", "he has a k\u200bnife"],
)
def test_look_alike_letters_hide_no_cry(text: str) -> None:
    assert sentinel().hear(text).decision == "handover"


@pytest.mark.parametrize(
    "text", ["please text only", "no calls please he's listening", "我唔方便講電話", "只能打字"]
)
def test_one_who_cannot_speak_is_asked_at_least(text: str) -> None:
    heard = sentinel().hear(text)
    assert "cannot_speak" in heard.modifiers and heard.decision != "routine"
    assert heard.intent == "passenger_in_danger"

"""What personal data look like when agents type them: each pattern with the variable that takes its place, in this order."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from bot.identity import typed

HAN = "\u3400-\u9fff\uf900-\ufaff"
_NUMERAL = "零〇一二两兩三四五六七八九十百千半"
_COUNT = rf"(?:\d+|[{_NUMERAL}]+)"
_CURRENCY = "CNY|RMB|HKD|TWD|USD|GBP|SGD|EUR"
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼粵魯蘇"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_BUILDING = "小区|小區|花园|花園|大厦|大廈|酒店|医院|醫院|广场|廣場|机场|機場|车站|車站|大学|地铁站"

# None: a phone, which no one pattern tells.
_WRITTEN: tuple[tuple[str | None, str], ...] = (
    (r"https?://\S+|www\.\S+", "number"),
    (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", "email"),
    (None, "phone"),
    (rf"[{_PROVINCE}][A-Za-z][·・ ]?[A-Za-z0-9]{{5,6}}", "plate"),
    (r"(?-i:\b[A-Z]{2}\d{2} ?[A-Z]{3}\b|\b[A-Z]{2,3}[- ]?\d{3,4}\b)", "plate"),
    (rf"(?:[¥￥$£€]|\b(?:{_CURRENCY})\s?)\s?\d[\d,]*(?:\.\d+)?", "amount"),
    (
        rf"(?:\d[\d,]*(?:\.\d+)?|[{_NUMERAL}]+)\s?"
        rf"(?:元|块钱?|塊錢?|角|(?:yuan|dollars?|pounds?|euros?|{_CURRENCY})\b)",
        "amount",
    ),
    (r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}月\d{1,2}[日号號]", "date"),
    (rf"\b{_DAY}(?: of)? {_MONTH}|\b{_MONTH} {_DAY}\b", "date"),
    (r"\d{1,2}[:：]\d{2}(?:\s?[ap]\.?m\.?)?|\b\d{1,2}\s?[ap]\.?m\b\.?", "time"),
    (rf"{_COUNT}[点點](?:半|钟|鐘|{_COUNT}分)?", "time"),
    (rf"{_COUNT}\s?个?(?:分钟|分鐘|小时|小時|工作日|天)", "minutes"),
    (
        r"\b(?:\d+|an?|one|two|three|four|five|ten|half an?)\s(?:minutes?|mins?|hours?|hrs?|days?)\b",
        "minutes",
    ),
    # Letters and digits in one word: an order number, a reference, a plate of somewhere else.
    (r"\b(?=[A-Za-z0-9-]*\d)(?=[A-Za-z0-9-]*[A-Za-z])[A-Za-z0-9-]{4,}\b", "order"),
    (rf"[{HAN}]{{2,4}}(?:路|街|大道|巷|弄|里|胡同)\d+[号號]?", "place"),
    (rf"[{HAN}]{{2,4}}(?:{_BUILDING})", "place"),
    (r"\d+(?:[.,]\d+)*", "number"),
)


def _rule(pattern: str | None, name: str) -> Callable[[str], str]:
    variable = f"{{{name}}}"
    if pattern is None:
        return lambda text: typed.replace(text, lambda _: variable)
    return partial(re.compile(pattern, re.I).sub, variable)


# Each puts the variable in place of what it finds in a text.
RULES = tuple(_rule(pattern, name) for pattern, name in _WRITTEN)

# The commonest family names of mainland China, Hong Kong and Taiwan, in both scripts.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余杜叶程苏魏吕丁任沈姚卢姜崔"
    "钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊"
    "葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉"
    "骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫劉張陳"
    "楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇呂蔣盧鐘譚陸範賈韋鄒龍賀顧錢嚴"
)
COMPOUND = "欧阳|歐陽|司马|司馬|上官|诸葛|諸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|宇文|长孙|司徒|端木|东方|南宫"
TITLES = "先生|女士|小姐|师傅|師傅|老师|老師|同学|同學|大哥|大姐|阿姨|叔叔|经理|經理"

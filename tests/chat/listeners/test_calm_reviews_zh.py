"""Calm Chinese reviews that borrow words of danger are not handed over; the danger beside those words is."""

from __future__ import annotations

import pytest

from bot.chat.listeners.sentinel import sentinel

CALM = [
    "找不到人工，转来转去都是机器人",
    "电话没人接，找不到人负责",
    "打不到车，最后坐地铁回家了",
    "第一次用也是最后一次打你们的车",
    "急着去医院看我爸，叫不到车，最后跑着去的",
    "刚吃完炸鸡，油手摸我的行李箱",
    "系统说没有司机，我们全家手忙脚乱",
    "蟑螂爬到我背包上",
    "车门是用绳子绑的，开起来咣当响",
    "师傅把我行李用绳子绑在车顶",
    "司机手里拿着扳手在修车，等了半小时",
    "上次说有专人跟进，而家第十日",
    "打劫一样的价格",
    "黑车都没你们黑，明着打劫",
    "三公里五十块，就是抢钱，跟刀架在脖子上要钱似的",
    "反手被捅一刀扣五块",
    "手机被司机绑架了，要一百块才还",
    "看到账单我差点心脏病发作",
    "价格涨得我心绞痛",
    "车里香水味重得我喘不过气",
    "叫他关窗他就翻白眼",
    "脚冻得没知觉了车还没来",
    "每个司机说的上车点都不一样",
    "下车点和订单写的不一样",
    "同一段路两个手机打车价格不一样",
    "帮我爸改号码，因为不是本人被拒绝",
    "司机停在原地不动逼我取消",
    "还没到就让我下车，走了十分钟",
    "我太太要生了那天叫了三个都没来，靠邻居送的",
    "困在商场出不去，没人接单",
    "上車冇叫人，落車冇多謝",
    "我过敏，车里有猫毛，眼睛肿了两天",
    "你们涉嫌价格欺诈，保留证据",
    "司机加我微信让我给好评",
    "乘客威胁给我差评",
    "把孩子作业落车里了",
    "狗狗在车里掉毛，被收清洁费",
]

DANGER = [
    "她上了你们的车，现在找不到人",
    "找不到人，电话也关机",
    "她最后一次发消息说坐你们的车",
    "帮我看看我妈人在哪",
    "他摸我的行李箱，又摸我的腿",
    "他手伸过来摸我",
    "他用绳子绑着她的手",
    "司机拿扳手砸我",
    "司机跟进我家楼里",
    "被人打劫了",
    "打劫！快报警",
    "他要收八百才让我下车，这不打劫吗",
    "他拿刀架在我脖子上要钱",
    "我被司机绑架了，手机也没了",
    "他心脏病发作了",
    "让他靠边，他翻白眼倒下去了",
    "我妈没知觉了",
    "车牌和软件上的不一样",
    "他往反方向开，问他不理",
    "司机让我在高速上下车，走了",
    "我老婆要生了，车停在高速上",
    "我被困在车里出不去",
    "我叫佢停車，佢冇理我",
    "过敏了喉咙肿了",
    "嫌疑人在你们车上，请提供位置",
    "把孩子落在车上了",
    "他加我微信说想我",
]

ALSO_DANGER = [
    "師傅而家飲緊啤酒揸車",
    "佢掂我大髀",
    "我女儿三个小时前上的车",
    "我老公还没有到家",
    "他把中控锁按掉了",
    "他一直问我身上有多少现金",
    "开的路跟我的目的地完全相反方向",
    "软件显示女司机，开门的是个男的",
    "把我跟我妈放在产业道路就走了",
    "客人给我脖子上套了根绳",
    "孩子烧到四十一，抽了",
    "货车把我们顶到护栏上",
    "刑侦支队，需要这辆车的轨迹",
]


@pytest.mark.parametrize("text", CALM)
def test_a_calm_review_is_not_handed_over(text: str) -> None:
    assert sentinel().hear(text).decision != "handover"


@pytest.mark.parametrize("text", DANGER)
def test_the_danger_beside_those_words_is_handed_over(text: str) -> None:
    assert sentinel().hear(text).decision == "handover"


@pytest.mark.parametrize("text", ALSO_DANGER)
def test_danger_told_in_plain_words_is_handed_over(text: str) -> None:
    assert sentinel().hear(text).decision == "handover"

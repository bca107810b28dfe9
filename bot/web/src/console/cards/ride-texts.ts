import type { Locale } from "../../shared/wire";

const en = {
  title: "Which ride",
  why: "Look for the ride by what is known of it (last 30 days). Only what you choose here, with a reason, is put on the case.",
  plate: "Plate",
  order: "Order number",
  phone: "Passenger's phone",
  reporters: "Rides under the reporter's own account",
  look: "Look",
  looking: "Looking…",
  none: "No ride fits.",
  more: "There are more: narrow it down.",
  live: "running now",
  choose: "This is the ride",
  chooseAsk: "The case gets this ride's car, driver and position. A hold that software placed on another driver for it is lifted. Your name and reason stay in the timeline.",
  hold: "Stop this plate's driver",
  holdAsk: "No ride is known: the driver gets no further orders because you say so. Your name and reason stay in the timeline.",
  reason: "Reason",
};

export type RideTexts = typeof en;

const zh: RideTexts = {
  title: "哪一趟行程",
  why: "按已知的线索查找行程（最近 30 天）。只有您在这里选定并写明原因的行程，才会放到案件上。",
  plate: "车牌",
  order: "订单号",
  phone: "乘车人电话",
  reporters: "报案人自己账号下的行程",
  look: "查找",
  looking: "正在查找…",
  none: "没有符合的行程。",
  more: "还有更多，请缩小范围。",
  live: "行程进行中",
  choose: "就是这一趟",
  chooseAsk: "案件会换成这趟行程的车辆、司机和位置。软件为这个案件停派的其他司机会恢复派单。您的姓名和原因会留在时间线里。",
  hold: "停派这个车牌的司机",
  holdAsk: "没有找到行程：司机因您的决定不再接新单。您的姓名和原因会留在时间线里。",
  reason: "原因",
};

export const rideTexts: Record<Locale, RideTexts> = { en, zh };

import type { Locale } from "../../shared/wire";

const en = {
  surge: (times: number): string => `×${times} at busy times`,
  unpaid: "not paid",
  refunded: (money: string): string => `${money} given back`,
};

const zh: typeof en = {
  surge: (times) => `高峰 ×${times}`,
  unpaid: "未付款",
  refunded: (money) => `已退回 ${money}`,
};

export const priceTexts: Record<Locale, typeof en> = { en, zh };

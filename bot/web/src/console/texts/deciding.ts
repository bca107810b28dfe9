import type { Locale } from "../../shared/wire";

/** What is asked where a person decides: the plan for somebody stranded, and whether a raised case is about the driver. */
const en = {
  plan: "What happens now, who does it and when: a hotel, the family, a taxi, a patrol car. It stops the clock of who is stranded.",
  planText: "The plan",
  conduct: "Is it about the driver's conduct? Then the driver gets no further orders.",
  conducts: { "": "As the case has it", yes: "Yes", no: "No" } as Record<string, string>,
};

const zh: typeof en = {
  plan: "现在怎么办、由谁、什么时候：酒店、家人、出租车、巡逻车。写下后，滞留计时停止。",
  planText: "安排",
  conduct: "是否涉及司机的行为？是的话，司机不再接到新订单。",
  conducts: { "": "按案件原有情况", yes: "是", no: "否" },
};

export const decidingTexts: Record<Locale, typeof en> = { en, zh };

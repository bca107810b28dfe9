import type { Locale } from "../../shared/wire";

/** Times promised to the reporter. Clocks fill in `%`. */
const en = {
  title: "Promised to the reporter",
  at: (time: string, by: string | null): string => (by === null ? `by ${time}` : `by ${time}, given by ${by}`),
  left: "% left",
  broken: "Broken % ago, still owed",
  kept: "Kept…",
  keptTitle: "The promise is kept",
  keptAsk: "Its clock ends. Only when what was promised has been done.",
  keptHow: "What was done",
};

const zh: typeof en = {
  title: "对报案人的承诺",
  at: (time, by) => (by === null ? `${time} 之前` : `${time} 之前，${by}承诺`),
  left: "还剩 %",
  broken: "已失约 %，仍未兑现",
  kept: "已兑现…",
  keptTitle: "承诺已经兑现",
  keptAsk: "计时结束。只有承诺的事已经做到时才这样做。",
  keptHow: "做了什么",
};

export const promiseTexts: Record<Locale, typeof en> = { en, zh };

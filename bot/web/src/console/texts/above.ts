import type { Locale } from "../../shared/wire";

const en = {
  alarms: (n: number): string => `Not accepted by anybody: ${n}`,
  moreAlarms: (n: number): string => `${n} more that nobody has accepted`,
  unfoldAlarms: "Show them",
  foldAlarms: "Fold them away",
  newVersion: "There is a new version of this page. Load it when it suits you: your answer and the open conversation stay.",
  loadNew: "Load it",
  unsavedForm: "Something is typed in a form here and not saved. Save it or copy it first, or load the new version without it.",
  loadAnyway: "Load without it",
};

const zh: typeof en = {
  alarms: (n) => `还没有人接手：${n} 件`,
  moreAlarms: (n) => `还有 ${n} 件没有人接手`,
  unfoldAlarms: "展开",
  foldAlarms: "收起",
  newVersion: "本页面有新版本。方便时请重新加载：您正在写的回复和打开的对话都会保留。",
  loadNew: "重新加载",
  unsavedForm: "页面上有表单已填写但没有保存。请先保存或复制，或者放弃这些内容直接加载新版本。",
  loadAnyway: "放弃并加载",
};

/** The words of what stands above every page of the console: alarms, and that the page is old. */
export const aboveTexts: Record<Locale, typeof en> = { en, zh };

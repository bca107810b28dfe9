import type { Locale } from "../../../shared/wire";

const en = {
  title: "Owed to people",
  mine: "Mine",
  others: "With others",
  departments: "Asked of other departments",
  nothing: "Nothing is owed.",
  owner: "Owner",
  open: (reference: string): string => `Open ${reference}`,
  failed: "This could not be read. It is tried again by itself.",
};

export type Texts = typeof en;

const zh: Texts = {
  title: "欠着的事",
  mine: "由我负责",
  others: "由别人负责",
  departments: "交给其他部门的",
  nothing: "没有欠着的事。",
  owner: "负责人",
  open: (reference) => `打开 ${reference}`,
  failed: "暂时读不到，会自动再试。",
};

export const texts: Record<Locale, Texts> = { en, zh };

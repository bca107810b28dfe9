import type { Locale } from "../../shared/wire";

/** Offers to agents, and the note that goes with a conversation that is handed on. */
const en = {
  offeredTo: (name: string | null): string => (name === null ? "offered to you" : `offered to ${name}`),
  taking: "New chats: on",
  notTaking: "New chats: off",
  takingWhy: "Whether waiting conversations are offered to you. What you hold stays with you.",
  handedBy: (who: string, to: string, at: string): string => `${who} handed this to ${to} at ${at}`,
};

const zh: typeof en = {
  offeredTo: (name) => (name === null ? "分派给您" : `分派给 ${name}`),
  taking: "接新对话：开",
  notTaking: "接新对话：关",
  takingWhy: "排队的对话是否分派给您。手上的对话不受影响。",
  handedBy: (who, to, at) => `${who} 在 ${at} 转给${to}`,
};

export const routingTexts: Record<Locale, typeof en> = { en, zh };

import type { Texts } from "./texts/index";
import type { StaffMessage } from "./wire";

/** The acts that end or lower: the desk does them only for who has seen the reporter's last words. */
const ENDS = new Set(["resolve", "return", "lower", "clear"]);
const LISTED = 5;

/** The act's body with the last message that this page has shown, where the desk asks for it. */
export function withSeen(path: string, body: unknown, seen: number): unknown {
  return ENDS.has(path) ? { ...(body as object), seen_seq: seen } : body;
}

/** What the reporter wrote after `seen`, in words, for whoever was about to end or lower over it. */
export function missed(messages: StaffMessage[], seen: number, t: Texts): string {
  const words = messages.filter((m) => m.author === "reporter" && m.seq > seen).map((m) => `“${m.text}”`);
  return [t.unseenAct, ...words.slice(-LISTED)].join("\n");
}

/** The number of the last of these messages. */
export function lastSeq(messages: StaffMessage[]): number {
  return messages.reduce((most, m) => Math.max(most, m.seq), 0);
}

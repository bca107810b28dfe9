import { last } from "../shared/last";
import type { Conversation, Incident, Message } from "../shared/wire";
import type { Pending } from "./shelf";
import type { Texts } from "./texts";

/** What follows from the state of a chat, for those who show it. */

/** True once people have ended the case. */
export function isOver(incident: Incident): boolean {
  return incident.state === "resolved" || incident.state === "closed";
}

/** What stands above the messages: nothing, the case alone, or the emergency numbers too. `called`: help was called for. */
export function bannerOf(state: Conversation | null, called: boolean): "none" | "case" | "full" {
  const incident = state?.incident ?? null;
  if (called) return "full";
  if (incident === null) return "none";
  const grade = incident.grade ?? state?.grade ?? null;
  return isOver(incident) || grade === "S2" || grade === "S3" ? "case" : "full";
}

/** True while the desk owes the person something in this chat: an open case, a person, a check on them, or an answer. */
export function owed(state: Conversation | null, messages: Message[]): boolean {
  if (last(messages)?.author === "reporter") return true;
  if (state === null || !messages.some((m) => m.author === "reporter")) return false;
  return state.holder !== "assistant" || state.watched || (state.incident !== null && !isOver(state.incident));
}

/** What may be offered now that a routine chat has come to rest; null while anything is under way. */
export function offered(state: Conversation | null, messages: Message[], busy: boolean): NonNullable<Conversation["afterwards"]> | null {
  const found = state?.afterwards;
  const resting = !busy && last(messages)?.author !== "reporter";
  return found !== undefined && (found.rating || found.transcript) && resting ? found : null;
}

/** What stands for a message without words. */
export function unsaid(message: Pending, t: Texts): string {
  if (message.file === "voice") return t.voice;
  return message.file === "photo" ? t.photo : t.myPosition;
}

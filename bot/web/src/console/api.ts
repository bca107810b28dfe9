import { ask, Refused, Unreachable, type Method } from "../shared/http";
import type { Locale } from "../shared/wire";
import type { Detail, Me, Queue } from "./wire";
import type { Texts } from "./texts/index";

/** The console's calls. The header X-Vigil tells the desk that a page of ours makes the change, not another site. */
export class Api {
  constructor(private readonly locale: () => Locale) {}

  me(): Promise<Me> {
    return this.get("/api/staff/me");
  }

  signIn(email: string, password: string): Promise<Me> {
    return this.post("/api/staff/sign-in", { email, password });
  }

  signOut(): Promise<unknown> {
    return this.post("/api/staff/sign-out", {});
  }

  presence(state: "online" | "away"): Promise<unknown> {
    return this.post("/api/staff/me/presence", { state });
  }

  queue(): Promise<Queue> {
    return this.get("/api/console/queue");
  }

  conversation(id: string, signal?: AbortSignal): Promise<Detail> {
    return this.get(`/api/console/conversations/${encodeURIComponent(id)}`, signal);
  }

  act(id: string, path: string, body: unknown): Promise<Detail | Record<string, unknown> | null> {
    return this.post(`/api/console/conversations/${encodeURIComponent(id)}/${path}`, body);
  }

  /** A read of the desk, until `signal` breaks it off. Raises Refused or Unreachable. */
  get<T>(url: string, signal?: AbortSignal): Promise<T> {
    return ask<T>(url, { headers: { "Accept-Language": this.locale() }, signal });
  }

  /** A change. Raises Refused or Unreachable. */
  post<T>(url: string, body: unknown, method: Method = "POST"): Promise<T> {
    return ask<T>(url, { method, body, headers: { "Accept-Language": this.locale(), "X-Vigil": "1" } });
  }
}

/** The words for a failed call: the desk's own, else what can be said without it. */
export function wordsFor(error: unknown, t: Texts): string {
  if (error instanceof Refused) return error.message || t.unknownError;
  return error instanceof Unreachable ? t.unreachable : t.unknownError;
}

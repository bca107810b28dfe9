import { ask } from "../shared/http";
import type { Locale, Message } from "../shared/wire";

/** What the desk tells an officer of their own request. Times are ISO 8601 in UTC. */
export interface Status {
  now: string;
  reference: string;
  state: string;
  filed_at: string;
  danger: boolean;
  /** while the clock runs */
  due_at: string | null;
  breached_at: string | null;
  accepted_by: string | null;
  says: string[];
  pack: { released_at: string; until: string; open: boolean } | null;
  refusal: { reason: string; regulator: string; at: string } | null;
}

export type Format = "pdf" | "json";

export interface Offered {
  cities: { city: string; name: string }[];
}

function spoken(locale: Locale, token?: string): Record<string, string> {
  return { "Accept-Language": locale, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) };
}

/** The officer's calls. Each raises Refused or Unreachable. */
export const api = {
  offered: (locale: Locale): Promise<Offered> => ask("/api/police/form", { headers: spoken(locale) }),
  file: (locale: Locale, body: unknown): Promise<Status & { token: string }> =>
    ask("/api/police/requests", { method: "POST", body, headers: spoken(locale) }),
  status: (locale: Locale, token: string): Promise<Status> => ask("/api/police/status", { headers: spoken(locale, token) }),
  link: (locale: Locale, token: string, format: Format): Promise<{ link: string }> =>
    ask("/api/police/links", { method: "POST", body: { format }, headers: spoken(locale, token) }),
  messages: (locale: Locale, token: string, after: number): Promise<{ messages: Message[] }> =>
    ask(`/api/chat/messages?after=${after}`, { headers: spoken(locale, token) }),
  say: (locale: Locale, token: string, body: { client_id: string; text: string }): Promise<unknown> =>
    ask("/api/chat/messages", { method: "POST", body, headers: spoken(locale, token) }),
};

/** Fetches the file behind a one-time link and hands it to the browser. Gives back "" or the words of what went wrong. */
export async function download(locale: Locale, link: string, otherwise: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch("/api/police/packs", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": locale },
      body: JSON.stringify({ link }),
      cache: "no-store",
    });
    if (!response.ok) {
      const body = (await response.json()) as { error?: { message?: string } };
      return body.error?.message ?? otherwise;
    }
    const named = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") ?? "")?.[1] ?? "police-request";
    const address = URL.createObjectURL(await response.blob());
    const anchor = Object.assign(document.createElement("a"), { href: address, download: named });
    anchor.click();
    // The browser has taken the file by then; a phone is slower to do so.
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    return "";
  } catch {
    return otherwise;
  }
}

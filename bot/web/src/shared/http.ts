/** One way to ask the desk over HTTP: a time limit on every call, and errors that carry words. */

/** The desk answered, and said no. `message` is in the caller's language. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: unknown = null,
  ) {
    super(message);
  }
}

/** The desk could not be reached, or did not answer in time. */
export class Unreachable extends Error {}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Ask {
  method?: Method;
  body?: unknown;
  headers?: Record<string, string>;
  /** milliseconds */
  timeout?: number;
}

function refusal(status: number, body: unknown): Refused {
  const error = (body as { error?: { code?: unknown; message?: unknown; details?: unknown } } | null)?.error;
  const code = typeof error?.code === "string" ? error.code : `http_${status}`;
  const message = typeof error?.message === "string" ? error.message : "";
  return new Refused(status, code, message, error?.details ?? null);
}

/**
 * Asks `url` and gives back the JSON of the answer (null when it has none).
 * @throws Refused for any status outside 2xx, Unreachable when there is no answer within the limit.
 */
export async function ask<T>(url: string, { method = "GET", body, headers = {}, timeout = 10_000 }: Ask = {}): Promise<T> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(timeout),
    });
    text = await response.text();
  } catch (error) {
    throw new Unreachable(error instanceof Error ? error.message : "no answer");
  }
  let parsed: unknown = null;
  if (text !== "") {
    try {
      parsed = JSON.parse(text);
    } catch {
      // A proxy's HTML error page is no answer of the desk.
      if (response.ok) throw new Unreachable("the answer was not JSON");
    }
  }
  if (!response.ok) throw refusal(response.status, parsed);
  return parsed as T;
}

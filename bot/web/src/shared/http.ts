/** One way to ask the desk over HTTP: a time limit on every call, and errors that carry words. */
import { within } from "./within";

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

/**
 * The desk could not be reached, did not answer in time, or something else answered in its place (a proxy's page while
 * the desk is being replaced). `status` is that answer's, null when there was none. Whatever was asked is worth asking again.
 */
export class Unreachable extends Error {
  constructor(
    message: string,
    readonly status: number | null = null,
  ) {
    super(message);
  }
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Ask {
  method?: Method;
  body?: unknown;
  headers?: Record<string, string>;
  /** milliseconds */
  timeout?: number;
  /** breaks it off before that */
  signal?: AbortSignal | undefined;
}

/** How the desk names its errors. Gateways that answer in JSON too name theirs with numbers or in other letters. */
const OWN_CODE = /^[a-z][a-z0-9_]*$/;

/**
 * The JSON of an answer (null when it has none).
 * @throws Refused when the desk itself says no, which its error's code shows; Unreachable for what is not the desk's word.
 */
export function understood(status: number, text: string): unknown {
  let said: unknown = null;
  try {
    if (text !== "") said = JSON.parse(text);
  } catch {
    throw new Unreachable("the answer was not JSON", status);
  }
  if (status >= 200 && status < 300) return said;
  const error = (said as { error?: { code?: unknown; message?: unknown; details?: unknown } } | null)?.error;
  if (typeof error?.code !== "string" || !OWN_CODE.test(error.code)) throw new Unreachable("not the desk's answer", status);
  throw new Refused(status, error.code, typeof error.message === "string" ? error.message : "", error.details ?? null);
}

/**
 * Asks `url` and gives back the JSON of the answer (null when it has none).
 * @throws Refused when the desk says no, Unreachable when it has not answered within the limit, or another has.
 */
export async function ask<T>(url: string, { method = "GET", body, headers = {}, timeout = 10_000, signal: given }: Ask = {}): Promise<T> {
  const asked: RequestInit = {
    method,
    headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    credentials: "same-origin",
    cache: "no-store",
  };
  let answer: { status: number; text: string };
  try {
    answer = await within(timeout, async (signal) => {
      const response = await fetch(url, { ...asked, signal });
      return { status: response.status, text: await response.text() };
    }, given);
  } catch (error) {
    throw new Unreachable(error instanceof Error ? error.message : "no answer");
  }
  return understood(answer.status, answer.text) as T;
}

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Desk } from "./desk";

vi.mock("socket.io-client", () => {
  const socket = { on: vi.fn(), emit: vi.fn(), removeAllListeners: vi.fn(), disconnect: vi.fn(), volatile: { emit: vi.fn() } };
  return { io: () => ({ ...socket, active: true, connected: false }) };
});

const CRY = "he has a knife, my phone is 13800138000";
const state = {
  holder: "person", grade: "S0", watched: false, locale: "en", role: "rider", incident: null,
  emergency: { place: null, numbers: [], basis: "language" }, queue: null, quiet: false, staff_seen_seq: 0,
};
const open = {
  now: "2026-01-01T00:00:00Z", conversation_id: "c1", cases: [], promises: [], timeline: [], trip: null, entities: [], notes: [],
  messages: [{ id: "m", seq: 1, author: "reporter", text: CRY, at: "" }], allowed: ["reply"], resolution_codes: [], state,
  reporter: { role: "rider", name: "Lin", phone: "13800138000", identity: "none", language: "en" },
};

/** The desk's answers: who is signed in, and what only Li may read. */
class Door {
  who = "li";
  signedIn = true;
  readonly queue = { now: "2026-01-01T00:00:00Z", rows: [], on_call: [], taking: true };

  answer(url: string, body: unknown): Response {
    const say = (status: number, said: unknown): Response => new Response(JSON.stringify(said), { status });
    if (url.endsWith("/sign-in")) [this.who, this.signedIn] = [(JSON.parse(String(body)) as { email: string }).email, true];
    if (!this.signedIn) return say(401, { error: { code: "sign_in_needed", message: "Sign in." } });
    const me = { id: this.who, name: this.who, email: this.who, roles: ["agent"], in_house: true, locale: "en", languages: [], acts: [] };
    if (url.endsWith("/me") || url.endsWith("/sign-in")) return say(200, me);
    if (url.endsWith("/queue")) return say(200, this.queue);
    if (url.endsWith("/mentions")) return say(200, { mentions: [] });
    if (!url.includes("/conversations/c1")) return say(200, null);
    return this.who === "li" ? say(200, open) : say(403, { error: { code: "not_allowed", message: "This step is for: safety." } });
  }
}

describe("a conversation on a shared screen", () => {
  let door: Door;
  let desk: Desk;
  beforeEach(async () => {
    localStorage.clear();
    door = new Door();
    vi.stubGlobal("fetch", (url: string, asked: RequestInit) => Promise.resolve(door.answer(url, asked.body)));
    desk = new Desk(() => undefined);
    await desk.start();
    await desk.select("c1");
    desk.answer.write("We are sending");
    door.signedIn = false;
    await desk.refreshDetail();
  });
  afterEach(() => void vi.unstubAllGlobals());

  it("is still there for whoever signs in again, with what they had typed", async () => {
    expect(desk.gate).toBe("expired");
    await desk.signIn("li", "p");
    expect([desk.gate, desk.detail?.messages[0]?.text, desk.answer.text]).toEqual(["open", CRY, "We are sending"]);
  });

  it("is not there for the next person, nor is what was typed", async () => {
    await desk.signIn("mia", "p");
    expect([desk.me?.id, desk.selected, desk.detail]).toEqual(["mia", null, null]);
    await desk.select("c1");
    expect([desk.answer.text, desk.detail, desk.problem]).toEqual(["", null, "This step is for: safety."]);
  });

  it("is closed, in words, when it is not theirs to read any more", async () => {
    await desk.signIn("li", "p");
    door.who = "mia";
    await desk.refreshDetail();
    expect([desk.detail, desk.problem]).toEqual([null, "This step is for: safety."]);
  });
});

// @vitest-environment happy-dom
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Chat } from "./chat";

interface Told {
  /** whose conversation: the app token it was opened with, or "anonymous" */
  who: string;
  door: "messages" | "attachments";
  text: string;
}

/** A real server on loopback with the chat's REST doors. It speaks no WebSocket; a door can be held shut for a while. */
class Desk {
  told: Told[] = [];
  sessions: string[] = [];
  /** what a door answers before it takes anything: 0 lets it in */
  gate: (door: string, who: string) => number | Promise<number> = () => 0;
  danger = false;
  url = "";
  private server!: Server;
  private readonly seqs = new Map<string, number>();
  private readonly waiting: (() => void)[] = [];

  async open(): Promise<void> {
    this.server = createServer((request, response) => void this.answer(request, response));
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }

  /** Resolves once `done` holds; looked at whenever something has come in. */
  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (done()) resolve();
        else this.waiting.push(look);
      };
      look();
    });
  }

  noticed(): void {
    for (const look of this.waiting.splice(0)) look();
  }

  private conversation(): object {
    const incident = this.danger ? { reference: "S-1", state: "opened", opened_at: "2026-01-01T00:00:00Z", grade: "S0" } : null;
    return { holder: "assistant", grade: null, watched: false, locale: "en", role: "rider", incident, emergency: { place: null, numbers: [], basis: "language" }, queue: null, quiet: false, staff_seen_seq: 0 };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await body(request);
    const door = new URL(request.url ?? "", this.url).pathname.split("/").at(-1) ?? "";
    const bearer = (request.headers.authorization ?? "").replace("Bearer ", "");
    const say = (status: number, said: object): void => {
      const free = { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*", "Content-Type": "application/json" };
      response.writeHead(status, free).end(JSON.stringify(said));
      this.noticed();
    };
    if (request.method === "OPTIONS") {
      say(200, {});
      return;
    }
    const who = door === "sessions" ? bearer || "anonymous" : bearer.replace("session of ", "");
    const shut = await this.gate(door, who);
    if (shut > 0) {
      say(shut, { error: { code: "no", message: "Not this. Send another." } });
      return;
    }
    if (door === "sessions") {
      this.sessions.push(who);
      say(201, { token: `session of ${who}`, session_id: who, conversation: this.conversation() });
      return;
    }
    if (door === "conversation") {
      say(200, this.conversation());
      return;
    }
    if (request.method === "GET") {
      say(200, { messages: [] });
      return;
    }
    const text = raw.startsWith("{") ? (JSON.parse(raw) as { text: string }).text : "[file]";
    if (text !== "/vigil_start") this.told.push({ who, door: door as Told["door"], text });
    const seq = (this.seqs.get(who) ?? 0) + 1;
    this.seqs.set(who, seq);
    say(202, { id: `${who}.${seq}`, seq, conversation: this.conversation() });
  }
}

async function body(request: IncomingMessage): Promise<string> {
  let raw = "";
  for await (const chunk of request) raw += String(chunk);
  return raw;
}

const desk = new Desk();
let chats: Chat[] = [];

beforeEach(async () => {
  localStorage.clear();
  [desk.told, desk.sessions, desk.gate, desk.danger, chats] = [[], [], () => 0, false, []];
  await desk.open();
});

afterEach(async () => {
  for (const chat of chats) chat.leave();
  await desk.close();
});

function begin(token: () => string | null, before?: Chat): Chat {
  const chat = new Chat({ base: desk.url, locale: () => "en", appToken: token, changed: () => desk.noticed(), ...(before ? { before } : {}) });
  chats.push(chat);
  chat.start();
  return chat;
}

/** A door that is shut until `open` is called. */
function shut(): { wait: Promise<number>; open: (status?: number) => void } {
  let open: (status?: number) => void = () => undefined;
  const wait = new Promise<number>((resolve) => (open = (status = 0) => resolve(status)));
  return { wait, open };
}

describe("words beside a photo", () => {
  const photo = new Blob(["not really a picture"], { type: "image/jpeg" });

  it("are heard while the photo is still on its way", async () => {
    const door = shut();
    desk.gate = (name) => (name === "attachments" ? door.wait : 0);
    const chat = begin(() => null);
    await chat.sending.sendFile(photo, "photo", "he has a knife");
    await desk.until(() => desk.told.length === 1);
    expect(desk.told).toEqual([{ who: "anonymous", door: "messages", text: "he has a knife" }]);
    door.open();
    await desk.until(() => chat.pending.length === 0);
    expect(desk.told.map((one) => one.door)).toEqual(["messages", "attachments"]);
  });

  it("stay heard when the photo is refused, which says why", async () => {
    desk.gate = (name) => (name === "attachments" ? 422 : 0);
    const chat = begin(() => null);
    await chat.sending.sendFile(photo, "photo", "he has a knife");
    await desk.until(() => chat.pending.some((m) => m.refused !== undefined));
    expect(chat.pending).toMatchObject([{ file: "photo", text: "", refused: "Not this. Send another." }]);
    expect(desk.told).toMatchObject([{ text: "he has a knife" }]);
  });

  it("stay heard when the desk takes no photo for now, and its words stand beside what waits", async () => {
    desk.gate = (name) => (name === "attachments" ? 429 : 0);
    const chat = begin(() => null);
    await chat.sending.sendFile(photo, "photo", "he has a knife");
    await desk.until(() => chat.sending.held.size === 1 && desk.told.length === 1);
    expect([...chat.sending.held.values()]).toEqual(["Not this. Send another."]);
    desk.gate = () => 0;
    chat.tryNow();
    await desk.until(() => chat.pending.length === 0);
    expect(chat.sending.held.size).toBe(0);
  });

  it("go before the photo, even where they are slow", async () => {
    const door = shut();
    let asked = 0;
    desk.gate = (name) => {
      if (name === "attachments") asked += 1;
      return name === "messages" ? door.wait : 0;
    };
    const chat = begin(() => null);
    await chat.sending.sendFile(photo, "photo", "he has a knife");
    await desk.until(() => desk.sessions.length === 1);
    chat.tryNow();
    expect(asked).toBe(0);
    door.open();
    await desk.until(() => chat.pending.length === 0);
    expect(desk.told.map((one) => one.door)).toEqual(["messages", "attachments"]);
  });
});

describe("the app's token after the cry", () => {
  it("takes the cry along, and it is delivered once", async () => {
    const door = shut();
    desk.gate = (name, who) => (name === "sessions" && who === "anonymous" ? door.wait : 0);
    const nobody = begin(() => null);
    nobody.callForHelp();
    nobody.sending.say("he has a knife");
    const anna = begin(() => "anna", nobody);
    await desk.until(() => desk.told.length === 2 && anna.pending.length === 0);
    expect(anna.called).toBe(true);
    door.open();
    await desk.until(() => desk.sessions.includes("anonymous"));
    nobody.tryNow();
    anna.tryNow();
    await desk.until(() => anna.pending.length === 0 && nobody.pending.length === 0);
    expect(desk.told.map((one) => one.who)).toEqual(["anna", "anna"]);
    expect(desk.told.map((one) => one.text).sort()).toEqual(["Emergency. I need help now.", "he has a knife"]);
  });

  it("keeps the person in the conversation that has heard the cry, where its answer comes", async () => {
    desk.danger = true;
    const door = shut();
    let taken = 0;
    desk.gate = (name) => {
      if (name !== "messages") return 0;
      taken += 1;
      desk.noticed();
      return door.wait;
    };
    const nobody = begin(() => null);
    nobody.callForHelp();
    await desk.until(() => taken > 0 && desk.sessions.length === 1);
    const anna = begin(() => "anna", nobody);
    door.open();
    await desk.until(() => desk.told.length > 0 && anna.status === "polling");
    anna.sending.say("hurry");
    await desk.until(() => desk.told.some((one) => one.text === "hurry"));
    expect(desk.sessions).toEqual(["anonymous"]);
    expect(desk.told.map((one) => one.who)).toEqual(["anonymous", "anonymous"]);
  });

  it("takes along the position that is found later", async () => {
    const asked: PositionCallback[] = [];
    const geolocation = { getCurrentPosition: (yes: PositionCallback) => asked.push(yes) };
    Object.defineProperty(navigator, "geolocation", { value: geolocation, configurable: true });
    const nobody = begin(() => null);
    nobody.callForHelp();
    begin(() => "anna", nobody);
    await desk.until(() => desk.told.length === 1);
    const here = { coords: { latitude: 30.27415, longitude: 120.15515, accuracy: 9 }, timestamp: Date.now() };
    for (const tell of asked) tell(here as GeolocationPosition);
    await desk.until(() => desk.told.length === 2);
    Object.defineProperty(navigator, "geolocation", { value: null, configurable: true });
    expect(desk.told[1]).toMatchObject({ who: "anna", text: "My position: 30.27415, 120.15515 (±9 m)" });
  });

  it("begins the person's own chat where nothing is owed", async () => {
    const nobody = begin(() => null);
    await desk.until(() => nobody.status === "polling");
    begin(() => "anna", nobody).sending.say("hello");
    await desk.until(() => desk.told.length === 1);
    expect(desk.told[0]?.who).toBe("anna");
  });
});

describe("somebody else on the same device", () => {
  it("sends nothing of the first, whose words still go out in their own name", async () => {
    let token = "anna";
    const door = shut();
    desk.gate = (name, who) => (name === "sessions" && who === "anna" ? door.wait : 0);
    const anna = begin(() => token);
    anna.sending.say("he has a knife");
    token = "bert";
    anna.leave();
    const bert = begin(() => token);
    await desk.until(() => desk.sessions.includes("bert"));
    expect(bert.pending).toEqual([]);
    door.open();
    await desk.until(() => desk.told.length === 1 && anna.pending.length === 0);
    expect(desk.told).toEqual([{ who: "anna", door: "messages", text: "he has a knife" }]);
    expect(desk.sessions.sort()).toEqual(["anna", "bert"]);
  });
});

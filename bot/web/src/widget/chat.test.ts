// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Desk } from "../testing/desk";
import { Chat } from "./chat";

const desk = new Desk();
let chats: Chat[] = [];

beforeEach(async () => {
  localStorage.clear();
  [desk.told, desk.sessions, desk.people, desk.gate, desk.danger, chats] = [[], [], [], () => 0, false, []];
  await desk.open();
});

afterEach(async () => {
  desk.gate = () => 0;
  for (const chat of chats) chat.leave();
  // What a chat that was left has not sent yet outlives even the emptying of the storage before the next story.
  for (const chat of chats) chat.tryNow();
  await desk.until(() => chats.every((chat) => chat.pending.every((m) => m.refused !== undefined)));
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

describe("a chat opened with a token that had run out", () => {
  it("is named with the app's next token, and that once", async () => {
    const kept = (): { named?: boolean } => JSON.parse(localStorage.getItem("vigil:token.anna:session") ?? "{}") as { named?: boolean };
    let [good, refused] = [false, 0];
    desk.gate = (name) => {
      if (name !== "person" || good) return 0;
      refused += 1;
      return 403;
    };
    const claims = (exp: number): string => `e30.${btoa(JSON.stringify({ sub: "anna", kind: "token", exp }))}.x`;
    let token = claims(1);
    localStorage.setItem("vigil:token.anna:session", JSON.stringify({ token: "session of anonymous", session_id: "anonymous" }));
    const chat = begin(() => token);
    await desk.until(() => refused === 1);
    [good, token] = [true, claims(2)];
    chat.tryNow();
    await desk.until(() => desk.people.length === 1 && kept().named === true);
    expect(desk.people).toEqual([`${claims(2)} in the chat of anonymous`]);
    chat.leave();
    const next = begin(() => token);
    await desk.until(() => next.status === "polling");
    expect(desk.people.length).toBe(1);
  });
});

describe("a page that shows its launcher alone", () => {
  it("begins no chat in place of one that the desk has forgotten, until somebody looks", async () => {
    localStorage.setItem("vigil:anonymous:session", JSON.stringify({ token: "session of old", session_id: "old" }));
    desk.gate = (_, who) => (who === "old" ? 401 : 0);
    const chat = begin(() => null);
    await desk.until(() => localStorage.getItem("vigil:anonymous:session") === null);
    expect(desk.sessions).toEqual([]);
    chat.show();
    await desk.until(() => desk.sessions.length === 1 && chat.status === "polling");
  });
});

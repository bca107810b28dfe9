// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Desk } from "../testing/desk";
import { Chat } from "./chat";

/** What stands before the desk answers in its place, as an ingress does while the desk is being replaced. */
const desk = new Desk();
const PAGES = [
  { proxy: 404, says: "404 page not found\n" },
  { proxy: 403, says: "<html><h1>Forbidden</h1></html>" },
  { proxy: 413, says: "<html><h1>413 Request Entity Too Large</h1></html>" },
  { proxy: 401, says: JSON.stringify({ error: { code: 401, message: "no route" } }) },
  { proxy: 404, says: JSON.stringify({ error: { code: "ResourceNotFound", message: "no backend" } }) },
  { proxy: 200, says: "<html>Sign in to the station's Wi-Fi</html>" },
  { proxy: 200, says: "{}" },
];
let chat: Chat;

beforeEach(async () => {
  localStorage.clear();
  [desk.told, desk.sessions, desk.gate, desk.danger] = [[], [], () => 0, false];
  await desk.open();
});

afterEach(async () => {
  chat.leave();
  await desk.close();
});

function begin(token: string | null = null): void {
  chat = new Chat({ base: desk.url, locale: () => "en", appToken: () => token, changed: () => desk.noticed() });
  chat.start();
}

const unsent = (): (string | undefined)[] => chat.pending.map((m) => m.refused);

describe.each(PAGES)("a proxy's $proxy ($says)", (page) => {
  it("where a chat is opened refuses no cry", async () => {
    desk.gate = (door) => (door === "sessions" ? page : 0);
    begin();
    chat.callForHelp();
    await desk.until(() => chat.status === "down");
    expect(unsent()).toEqual([undefined]);
    desk.gate = () => 0;
    chat.tryNow();
    await desk.until(() => desk.told.length === 1 && chat.pending.length === 0);
  });

  it("to a message refuses nothing and ends no chat", async () => {
    begin();
    await desk.until(() => chat.status === "polling");
    let tries = 0;
    desk.gate = (door) => {
      if (door === "messages") tries += 1;
      return page;
    };
    chat.sending.say("he has a knife");
    chat.tryNow();
    await desk.until(() => tries > 0 && chat.status === "down");
    expect(unsent()).toEqual([undefined]);
    desk.gate = () => 0;
    chat.tryNow();
    await desk.until(() => desk.told.length === 1 && chat.pending.length === 0);
    expect(desk.sessions).toEqual(["anonymous"]);
    expect(chat.renewed).toBe(false);
  });
});

describe("the desk's own no", () => {
  it("to a session ends that chat, and what is unsent goes out in the next", async () => {
    begin();
    await desk.until(() => chat.status === "polling");
    desk.gate = (door) => (door === "sessions" || desk.sessions.length > 1 ? 0 : 401);
    chat.sending.say("he has a knife");
    await desk.until(() => desk.told.length === 1 && chat.pending.length === 0);
    expect(desk.sessions).toEqual(["anonymous", "anonymous"]);
  });

  it("to a chat that would be opened refuses nothing that was written for it", async () => {
    desk.gate = (door) => (door === "sessions" ? 422 : 0);
    begin();
    chat.callForHelp();
    await desk.until(() => chat.status === "down");
    expect(unsent()).toEqual([undefined]);
    desk.gate = () => 0;
    chat.tryNow();
    await desk.until(() => desk.told.length === 1);
  });
});

describe("an app's sign-in", () => {
  it("that a gateway turns away still lets the person be heard", async () => {
    desk.gate = (door, who) => (door === "sessions" && who === "anna" ? { proxy: 401, says: "Jwt is expired" } : 0);
    begin("anna");
    chat.callForHelp();
    await desk.until(() => desk.told.length === 1);
    expect(desk.told[0]).toMatchObject({ who: "anonymous" });
  });
});

describe("a photo that a proxy finds too large", () => {
  it("is set aside with words, not sent on and on; the words beside it are heard", async () => {
    desk.gate = (door) => (door === "attachments" ? { proxy: 413, says: "<html>413</html>" } : 0);
    begin();
    await chat.sending.sendFile(new Blob(["a picture"], { type: "image/jpeg" }), "photo", "he has a knife");
    await desk.until(() => chat.pending.some((m) => m.refused !== undefined));
    expect(chat.pending).toMatchObject([{ file: "photo", refused: "The file is too large to get through from here. Send a smaller one, or write instead; what you wrote is kept." }]);
    expect(desk.told).toMatchObject([{ text: "he has a knife" }]);
  });
});

// @vitest-environment node
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask } from "../shared/http";
import type { Accepted } from "../shared/wire";
import { Outbox } from "./outbox";
import { unknownHere } from "./session";
import { Drawer, Shelf, type Pending } from "./shelf";

/** A real server on loopback that takes, refuses or drops messages as the test tells it. */
class Desk {
  taken: string[] = [];
  answer: (text: string) => number | "drop" | Promise<number> = () => 202;
  url = "";
  private server!: Server;
  private known = new Map<string, number>();

  async open(): Promise<void> {
    this.known = new Map();
    this.server = createServer((request, response) => {
      void body(request).then(async ({ client_id, text }) => {
        const status = await this.answer(text);
        if (status === "drop") {
          request.socket.destroy();
          return;
        }
        if (status < 300 && !this.known.has(client_id)) {
          this.known.set(client_id, this.known.size + 1);
          this.taken.push(text);
        }
        const seq = this.known.get(client_id);
        response.writeHead(status, { "Content-Type": "application/json" });
        response.end(JSON.stringify(status < 300 ? { id: client_id, seq } : { error: { code: status === 401 ? "session_unknown" : "no", message: "Not so." } }));
      });
    });
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  close(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

async function body(request: IncomingMessage): Promise<{ client_id: string; text: string }> {
  let raw = "";
  for await (const chunk of request) raw += String(chunk);
  return JSON.parse(raw) as { client_id: string; text: string };
}

describe("Outbox", () => {
  const desk = new Desk();
  let drawer: Drawer;
  let shelf: Shelf;
  let renewals = 0;

  beforeEach(async () => {
    [desk.taken, desk.answer, renewals] = [[], () => 202, 0];
    drawer = new Drawer();
    shelf = new Shelf("test", drawer);
    await desk.open();
  });
  afterEach(() => desk.close());

  function outbox(on = shelf): { box: Outbox; until: (done: () => boolean) => Promise<void> } {
    let check = (): void => undefined;
    const box = new Outbox(on, {
      deliver: async (m: Pending) => {
        try {
          return await ask<Accepted>(desk.url, { method: "POST", body: m, timeout: 2_000 });
        } catch (error) {
          if (unknownHere(error)) {
            renewals += 1;
            desk.answer = () => 202;
          }
          throw error;
        }
      },
      accepted: () => undefined,
      changed: () => check(),
    });
    const until = (done: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        check = () => {
          if (done()) resolve();
        };
        check();
      });
    return { box, until };
  }

  const message = (id: string, more: Partial<Pending> = {}): Pending => ({ client_id: id, text: id, written: 1, ...more });

  it("sends in the order written and forgets only what was acknowledged", async () => {
    const { box, until } = outbox();
    for (const id of ["one", "two", "three"]) box.put(message(id));
    await until(() => shelf.pending().length === 0);
    expect(desk.taken).toEqual(["one", "two", "three"]);
  });

  it("keeps the order through a dropped connection and a server error", async () => {
    const { box, until } = outbox();
    let tries = 0;
    desk.answer = (text) => {
      if (text !== "one") return 202;
      tries += 1;
      return tries === 1 ? "drop" : tries === 2 ? 503 : 202;
    };
    box.put(message("one"));
    box.put(message("two"));
    await until(() => tries === 1 && shelf.pending().length === 2);
    await until(() => shelf.pending().length === 0);
    expect(desk.taken).toEqual(["one", "two"]);
    expect(tries).toBe(3);
  });

  it("lets a call for help pass a message that hangs", async () => {
    const { box, until } = outbox();
    let release = (): void => undefined;
    const hung = new Promise<number>((resolve) => (release = () => resolve(202)));
    desk.answer = (text) => (text === "one" ? hung : 202);
    box.put(message("one"));
    box.put(message("two"));
    box.put(message("help", { urgent: true, written: 9 }));
    await until(() => shelf.pending().length === 2);
    expect(desk.taken).toEqual(["help"]);
    release();
    await until(() => shelf.pending().length === 0);
    expect(desk.taken).toEqual(["help", "one", "two"]);
  });

  it("sets a refused message aside with the desk's words and goes on", async () => {
    const { box, until } = outbox();
    desk.answer = (text) => (text === "bad" ? 422 : 202);
    box.put(message("bad"));
    box.put(message("good"));
    await until(() => desk.taken.length === 1 && shelf.pending().length === 1);
    expect(shelf.pending()[0]).toMatchObject({ client_id: "bad", refused: "Not so." });
    desk.answer = () => 202;
    box.retry("bad");
    await until(() => shelf.pending().length === 0);
    expect(desk.taken).toEqual(["good", "bad"]);
  });

  it("gets a new session when the desk no longer knows the old one, and sends again", async () => {
    const { box, until } = outbox();
    desk.answer = () => 401;
    box.put(message("one"));
    await until(() => shelf.pending().length === 0);
    expect(renewals).toBe(1);
    expect(desk.taken).toEqual(["one"]);
  });

  it("stores a message once when two tabs send the same shelf", async () => {
    const [first, second] = [outbox(), outbox(new Shelf("test", drawer))];
    shelf.add(message("one"));
    shelf.add(message("two"));
    first.box.kick();
    second.box.kick();
    await Promise.all([first.until(() => shelf.pending().length === 0), second.until(() => shelf.pending().length === 0)]);
    expect(desk.taken).toEqual(["one", "two"]);
  });
});

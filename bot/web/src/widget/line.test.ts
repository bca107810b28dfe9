// @vitest-environment node
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Message } from "../shared/wire";
import { Line } from "./line";

const PAGE = 500;
const SAID = 1_203;

/** A real server on loopback that holds a long conversation, gives it in pages and speaks no WebSocket. */
let server: Server;
let asked: number[] = [];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://desk");
    response.setHeader("Content-Type", "application/json");
    if (!url.pathname.startsWith("/api/chat/")) response.writeHead(404).end("{}");
    else if (url.pathname.endsWith("/conversation")) response.end(JSON.stringify({ holder: "assistant" }));
    else {
      const after = Number(url.searchParams.get("after"));
      asked.push(after);
      const messages = Array.from({ length: Math.min(PAGE, SAID - after) }, (_, i) => ({ id: `m${after + i + 1}`, seq: after + i + 1 }));
      response.end(JSON.stringify({ messages }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

describe("a long conversation", () => {
  it("is fetched to its end at once", async () => {
    const got: number[] = [];
    let line: Line | null = null;
    const whole = new Promise<void>((resolve) => {
      line = new Line(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => "en", {
        messages: (messages: Message[]) => {
          got.push(...messages.map((m) => m.seq));
          if (got.length >= SAID) resolve();
        },
        conversation: () => undefined,
        typing: () => undefined,
        read: () => undefined,
        status: () => undefined,
        stranger: () => undefined,
      });
    });
    const began = performance.now();
    (line as unknown as Line).connect("token");
    await whole;
    (line as unknown as Line).close();
    // The next look would come after 2.5 seconds: three pages came without waiting for it.
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(got).toEqual(Array.from({ length: SAID }, (_, i) => i + 1));
    expect(asked).toEqual([0, 500, 1_000]);
  });
});

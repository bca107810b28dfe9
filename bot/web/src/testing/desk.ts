import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** 0, a status of the desk's own, or what a proxy says in its place. */
export type Gate = number | { proxy: number; says: string };

export interface Told {
  /** whose conversation: the app token it was opened with, or "anonymous" */
  who: string;
  door: "messages" | "attachments";
  text: string;
}

/** A real server on loopback with the chat's REST doors. It speaks no WebSocket; a door can be held shut for a while. */
export class Desk {
  told: Told[] = [];
  sessions: string[] = [];
  /** who was named in whose conversation after it was opened */
  people: string[] = [];
  /** what a door answers before it takes anything: 0 lets it in, a status is the desk's own no */
  gate: (door: string, who: string) => Gate | Promise<Gate> = () => 0;
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
    if (typeof shut === "object") {
      response.writeHead(shut.proxy, { "Access-Control-Allow-Origin": "*", "Content-Type": "text/html" }).end(shut.says);
      this.noticed();
      return;
    }
    if (shut > 0) {
      say(shut, { error: { code: shut === 401 ? "session_unknown" : "no", message: "Not this. Send another." } });
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
    if (door === "person") {
      this.people.push(`${(JSON.parse(raw) as { app_token: string }).app_token} in the chat of ${who}`);
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

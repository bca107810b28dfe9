import { io, type Socket } from "socket.io-client";
import { ask, Unreachable } from "../shared/http";
import { within } from "../shared/within";
import type { Accepted, Conversation, Message, Outgoing } from "../shared/wire";
import { unknownHere } from "./session";
import type { Pending } from "./shelf";
import type { Texts } from "./texts";
import { upload } from "./upload";

export type Status = "starting" | "live" | "polling" | "down";

export interface Typing {
  author: "assistant" | "staff";
  name?: string | null;
  on: boolean;
}

export interface LineHooks {
  messages(messages: Message[]): void;
  conversation(state: Conversation): void;
  typing(typing: Typing): void;
  /** Staff have read up to this number. */
  read(seq: number): void;
  status(status: Status): void;
  /** The desk does not know this session any more. */
  stranger(token: string): void;
}

/** Milliseconds between looks at the desk: over HTTP, over HTTP in a hidden tab, and beside a live socket. */
const EVERY = { polling: 2_500, hidden: 15_000, live: 20_000, waiting: 6_000 };
const ACK_MS = 5_000;
/** As many messages as the desk gives at once: after so many there may be more. */
const PAGE = 500;
const FILE_MS = 60_000;

/**
 * The connection to the desk for one session: a WebSocket, and plain requests whenever there is none. Beside a live
 * socket it still asks now and then from the last number it is sure of, so that a lost push is made good.
 */
export class Line {
  private socket: Socket | null = null;
  private token = "";
  private synced = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: Promise<void> | null = null;
  private failures = 0;
  private more = false;

  constructor(
    private readonly base: string,
    private readonly language: () => string,
    private readonly hooks: LineHooks,
    /** true while the person stands in line: their place changes without a word to them */
    private readonly waiting: () => boolean = () => false,
  ) {}

  get live(): boolean {
    return this.socket?.connected === true;
  }

  /** Begins to listen as the holder of `token`; drops what it listened to before. */
  connect(token: string): void {
    this.close();
    this.token = token;
    this.synced = 0;
    const socket = io(`${this.base}/chat`, {
      path: "/socket.io",
      transports: ["websocket"],
      auth: { token },
      forceNew: true,
      reconnectionDelay: 1_000,
      reconnectionDelayMax: 8_000,
      timeout: 8_000,
    });
    this.socket = socket;
    socket.on("connect", () => this.sync());
    socket.on("disconnect", () => this.sync());
    // Whether it is the network or the session, the plain request that follows will tell.
    socket.on("connect_error", () => this.sync());
    socket.on("message", (message: Message) => this.hooks.messages([message]));
    socket.on("conversation", (body: Conversation | { state: Conversation }) => {
      this.hooks.conversation("state" in body ? body.state : body);
    });
    socket.on("typing", (typing: Typing) => this.hooks.typing(typing));
    socket.on("read", ({ seq }: { seq: number }) => this.hooks.read(seq));
    this.sync();
  }

  close(): void {
    clearTimeout(this.timer);
    this.socket?.removeAllListeners();
    this.socket?.disconnect();
    this.socket = null;
    this.asking = null;
    this.token = "";
  }

  /** Gets whatever is new, now. Calls while one is under way share it. */
  sync(): void {
    if (this.token === "") return;
    clearTimeout(this.timer);
    if (this.asking !== null) return;
    const asking = this.look(this.token).finally(() => {
      if (this.asking !== asking) return;
      this.asking = null;
      if (this.more) this.sync();
      else this.schedule();
    });
    this.asking = asking;
  }

  /**
   * Takes a message to the desk: over the socket, or over HTTP when that does not answer in time or says no (HTTP's
   * status then tells what kind of no).
   * @throws Refused, Unreachable
   */
  async send(message: Outgoing): Promise<Accepted> {
    const body: Outgoing = {
      client_id: message.client_id,
      text: message.text,
      ...(message.payload === undefined ? {} : { payload: message.payload }),
      ...(message.location === undefined ? {} : { location: message.location }),
    };
    if (this.socket?.connected && navigator.onLine) {
      try {
        const answer = (await this.socket.timeout(ACK_MS).emitWithAck("send", body)) as { ok: boolean } & Accepted;
        if (answer.ok) return answer;
      } catch {
        // No acknowledgement in time: the same message goes over HTTP; the desk knows it by its client_id.
      }
    }
    return await this.http<Accepted>("messages", body);
  }

  typing(on: boolean): void {
    if (this.live) this.socket?.volatile.emit("typing", { on });
  }

  read(seq: number): void {
    if (this.live) this.socket?.emit("read", { seq });
    // A read mark that is lost is made good by the next one.
    else void this.http("read", { seq }).catch(() => undefined);
  }

  /** Takes a photo or voice note to the desk. Throws Refused, Unreachable. */
  sendFile(message: Pending, words: Texts, moved: (part: number) => void): Promise<Accepted> {
    return upload(this.url("attachments"), this.headers(), message, words, moved);
  }

  /** A photo or voice note as the desk keeps it. Throws when it cannot be had. */
  file(id: string): Promise<Blob> {
    return within(FILE_MS, async (signal) => {
      const found = await fetch(this.url(`attachments/${encodeURIComponent(id)}`), { headers: this.headers(), signal });
      if (!found.ok) throw new Unreachable("no file", found.status);
      return await found.blob();
    });
  }

  /** Posts to one of the desk's doors. Throws Refused, Unreachable. */
  post(path: string, body: unknown): Promise<unknown> {
    return this.http(path, body);
  }

  private url(path: string): string {
    return `${this.base}/api/chat/${path}`;
  }

  private headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.token}`, "Accept-Language": this.language() };
  }

  private http<T>(path: string, body?: unknown): Promise<T> {
    return ask<T>(this.url(path), {
      ...(body === undefined ? {} : { method: "POST" as const, body }),
      headers: this.headers(),
    });
  }

  private async look(token: string): Promise<void> {
    this.more = false;
    try {
      const found = await this.fetchNew();
      if (token !== this.token) return;
      this.failures = 0;
      this.more = found.messages.length >= PAGE;
      this.synced = found.messages.reduce((most, m) => Math.max(most, m.seq), this.synced);
      this.hooks.messages(found.messages);
      this.hooks.conversation(found.conversation);
      this.hooks.status(this.live ? "live" : "polling");
      // A socket that the desk itself has closed does not come back on its own.
      if (this.socket !== null && !this.socket.active) this.socket.connect();
    } catch (error) {
      if (token !== this.token) return;
      if (unknownHere(error)) {
        this.hooks.stranger(token);
        return;
      }
      this.failures += 1;
      this.hooks.status("down");
    }
  }

  private async fetchNew(): Promise<{ messages: Message[]; conversation: Conversation }> {
    if (this.socket?.connected && navigator.onLine) {
      try {
        const found = (await this.socket.timeout(ACK_MS).emitWithAck("replay", { after: this.synced })) as {
          messages?: Message[];
          conversation?: Conversation;
        };
        if (found.messages && found.conversation) return { messages: found.messages, conversation: found.conversation };
      } catch {
        // A socket that looks alive and is not: ask over HTTP.
      }
    }
    const [{ messages }, conversation] = await Promise.all([
      this.http<{ messages: Message[] }>(`messages?after=${this.synced}`),
      this.http<Conversation>("conversation"),
    ]);
    return { messages, conversation };
  }

  private schedule(): void {
    if (this.token === "") return;
    clearTimeout(this.timer);
    const shown = this.waiting() && !document.hidden ? EVERY.waiting : EVERY.live;
    const calm = this.live ? shown : document.hidden ? EVERY.hidden : EVERY.polling;
    const wait = this.failures === 0 ? calm : Math.min(EVERY.polling * 2 ** (this.failures - 1), EVERY.hidden);
    this.timer = setTimeout(() => this.sync(), wait);
  }
}

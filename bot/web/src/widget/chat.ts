import { Refused, Unreachable } from "../shared/http";
import { newId } from "../shared/random";
import type { Accepted, Button, Conversation, Emergency, Message } from "../shared/wire";
import { builtIn, deviceZone } from "./emergency";
import { bannerOf, isOver, offered, unsaid } from "./facts";
import { identityName } from "./identity";
import { Line, type Status, type Typing } from "./line";
import { forget, keep } from "./blobs";
import { Media } from "./media";
import { Outbox } from "./outbox";
import { Positions } from "./positions";
import { Sessions, type SessionOptions } from "./session";
import { Shelf, type Pending } from "./shelf";
import { Surroundings } from "./surroundings";
import { texts } from "./texts";

export interface ChatOptions extends SessionOptions {
  changed: () => void;
}

const START = "/vigil_start";
export const EMERGENCY = "/vigil_emergency";
const LEFT_BEHIND_MS = 10_000;
const TYPING_SHOWN_MS = 6_000;

/** What the widget knows and does, without a page: session, messages, sending, state. */
export class Chat {
  status: Status = "starting";
  state: Conversation | null = null;
  typing: Typing | null = null;
  /** true after the desk had forgotten the session and a new one was begun */
  renewed = false;
  /** true from the moment help was called for on this page */
  called = false;
  readonly media: Media;
  private readonly position: Positions;
  /** how much of each file has gone out, 0 to 1, by client_id */
  readonly moved = new Map<string, number>();

  private readonly surroundings = new Surroundings({
    stored: (key) => this.takeStored(key),
    awake: () => this.tryNow(),
    cut: () => this.takeStatus("down"),
  });
  private readonly shelf: Shelf;
  private readonly outbox: Outbox;
  private readonly line: Line;
  private readonly sessions: Sessions;
  /** what was said in chats that the desk has forgotten since this page was opened */
  readonly earlier: Message[] = [];
  private readonly byId = new Map<string, Message>();
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  private readSeq = 0;
  private seenSeq = 0;

  constructor(private readonly options: ChatOptions) {
    this.shelf = new Shelf(identityName(options.appToken()));
    this.outbox = new Outbox(this.shelf, {
      deliver: (message) => this.deliver(message),
      accepted: (message, answer) => this.accepted(message, answer),
      changed: options.changed,
    });
    this.position = new Positions((message) => this.outbox.put(message), () => texts[options.locale()]);
    this.sessions = new Sessions(this.shelf, options, {
      made: (conversation) => {
        this.takeState(conversation);
        this.greet();
      },
      opened: ({ token }) => this.line.connect(token),
      lost: (here) => this.beginAnew(here),
    });
    this.line = new Line(options.base, options.locale, {
      messages: (messages) => this.take(messages),
      conversation: (state) => this.takeState(state),
      typing: (typing) => this.takeTyping(typing),
      read: (seq) => {
        this.seenSeq = Math.max(this.seenSeq, seq);
        options.changed();
      },
      status: (status) => this.takeStatus(status),
      stranger: (token) => void this.sessions.renew(token).catch(() => this.takeStatus("down")),
    }, () => this.waiting !== null);
    this.media = new Media((id) => this.line.file(id), options.changed);
  }

  /** Begins: gets or makes the session, listens, sends what is still unsent, and greets in an empty chat. */
  start(): void {
    this.surroundings.listen();
    void this.position.warm();
    void this.sessions.ensure().catch(() => {
      this.status = "down";
      this.options.changed();
    });
    this.outbox.kick();
  }

  stop(): void {
    this.surroundings.stop();
    clearTimeout(this.typingTimer);
    this.line.close();
    this.media.clear();
  }

  /** The place in line while a person is awaited, else null. */
  get waiting(): Conversation["queue"] {
    return this.state?.holder === "queue" ? this.state.queue : null;
  }

  get afterwards(): ReturnType<typeof offered> {
    const busy = this.pending.length > 0 || this.typing !== null || this.banner !== "none";
    return offered(this.state, this.messages, busy);
  }

  /** Everything said, in order; the opening signal is no message to people. */
  get messages(): Message[] {
    return [...this.byId.values()].filter((m) => m.text !== START).sort((a, b) => a.seq - b.seq);
  }

  /** What is written and not yet acknowledged. */
  get pending(): Pending[] {
    const known = new Set([...this.byId.values()].map((m) => m.client_id));
    return this.shelf.pending().filter((m) => m.payload !== START && !known.has(m.client_id));
  }

  /** True while a call for help waits for the network. */
  get callWaiting(): boolean {
    return this.pending.some((m) => m.payload === EMERGENCY);
  }

  get seen(): number {
    return Math.max(this.seenSeq, this.state?.staff_seen_seq ?? 0);
  }

  /** Numbers to show: the desk's last word, else what it said earlier, else what is built in. Never empty. */
  get emergency(): Emergency {
    const told = this.state?.emergency ?? this.shelf.emergency;
    return told !== null && told.numbers.length > 0 ? told : builtIn(this.options.locale(), deviceZone());
  }

  get banner(): ReturnType<typeof bannerOf> {
    return bannerOf(this.state, this.called || this.callWaiting);
  }

  say(text: string, payload?: string): void {
    this.outbox.put({
      client_id: newId(),
      text,
      ...(payload === undefined ? {} : { payload }),
      written: Date.now(),
    });
  }

  /** Sends a photo or voice note with words or without; it is kept in the browser until the desk has it. */
  async sendFile(blob: Blob, file: "photo" | "voice", text: string): Promise<void> {
    const id = newId();
    await keep(id, blob);
    this.outbox.put({ client_id: id, text, file, written: Date.now() });
  }

  /** Posts to one of the desk's doors for this chat. Throws Refused, Unreachable. */
  async post(path: string, body: unknown): Promise<void> {
    await this.line.post(path, body);
    this.line.sync();
  }

  tap(button: Button): void {
    this.say(button.title, button.payload);
  }

  /** Calls for help: sent at once, with the position if it is known this instant; otherwise the position follows. */
  callForHelp(): void {
    this.called = true;
    this.position.callForHelp(EMERGENCY);
  }

  /** Sends the position alone; false when the device does not give it. */
  sharePosition(): Promise<boolean> {
    return this.position.share();
  }

  retry(clientId: string): void {
    this.outbox.retry(clientId);
    this.options.changed();
  }

  /** Takes a refused message back, to be changed or forgotten. */
  drop(clientId: string): void {
    this.shelf.remove(clientId);
    void forget(clientId);
    this.options.changed();
  }

  tryNow(): void {
    this.outbox.kick();
    if (this.sessions.current === null) void this.sessions.ensure().catch(() => undefined);
    this.line.sync();
  }

  sayTyping(on: boolean): void {
    this.line.typing(on);
  }

  /** True if something was said to the person that was not on the screen yet. */
  get unread(): boolean {
    return this.messages.some((m) => m.author !== "reporter" && m.seq > this.readSeq);
  }

  /** Tells the desk that everything shown has been seen by the person. */
  markRead(): void {
    const last = this.messages.filter((m) => m.author !== "reporter").at(-1)?.seq ?? 0;
    if (last <= this.readSeq || this.sessions.current === null) return;
    this.readSeq = last;
    this.line.read(last);
  }

  /** Asks for the greeting in a new chat; whoever has already written gets an answer instead. */
  private greet(): void {
    if (this.shelf.pending().length > 0) return;
    this.outbox.put({ client_id: newId(), text: START, payload: START, written: Date.now() });
  }

  private async deliver(message: Pending): Promise<Accepted> {
    const { token } = await this.sessions.ensure();
    try {
      if (message.file === undefined) return await this.line.send(message);
      return await this.line.sendFile(message, texts[this.options.locale()].fileGone, (part) => {
        this.moved.set(message.client_id, part);
        this.options.changed();
      });
    } catch (error) {
      if (error instanceof Refused && error.status === 401) await this.sessions.renew(token);
      if (error instanceof Unreachable) this.takeStatus("down");
      throw error;
    }
  }

  /** Turns to a new chat; what was said in the old one stays to be read on this page. */
  private beginAnew(here: boolean): void {
    this.line.close();
    if (here) this.renewed = this.byId.size > 0 || this.pending.length > 0;
    this.earlier.push(...this.messages);
    this.byId.clear();
    [this.readSeq, this.seenSeq] = [0, 0];
    this.options.changed();
  }

  private accepted(sent: Pending, answer: Accepted): void {
    if (!this.byId.has(answer.id)) {
      const at = new Date(sent.written).toISOString();
      const text = sent.text || unsaid(sent, texts[this.options.locale()]);
      this.take([{ id: answer.id, seq: answer.seq, client_id: sent.client_id, author: "reporter", text, at }]);
    }
    this.takeState(answer.conversation);
    if (sent.file !== undefined) {
      this.moved.delete(sent.client_id);
      void forget(sent.client_id);
    }
    // What the desk made of a file is not in its acknowledgement.
    if (this.status === "down" || sent.file !== undefined) this.line.sync();
  }

  private take(messages: Message[]): void {
    for (const message of messages) {
      this.byId.set(message.id, message);
      if (message.client_id) this.shelf.remove(message.client_id);
      if (message.author === "staff" || message.author === "assistant") this.typing = null;
    }
    this.options.changed();
  }

  private takeState(state: Conversation): void {
    this.state = state;
    this.shelf.emergency = state.emergency;
    if (state.incident !== null && isOver(state.incident)) this.called = false;
    this.options.changed();
  }

  private takeStatus(status: Status): void {
    const back = this.status === "down" && status !== "down";
    this.status = status;
    // What is still here after a while was left by a tab that is gone.
    const left = this.shelf.pending().some((m) => Date.now() - m.written > LEFT_BEHIND_MS);
    if (back || (left && status !== "down")) this.outbox.kick();
    this.options.changed();
  }

  private takeTyping(typing: Typing): void {
    clearTimeout(this.typingTimer);
    this.typing = typing.on ? typing : null;
    if (typing.on) this.typingTimer = setTimeout(() => this.takeTyping({ ...typing, on: false }), TYPING_SHOWN_MS);
    this.options.changed();
  }

  private takeStored(key: string | null): void {
    if (!this.shelf.owns(key)) return;
    void this.sessions.follow().catch(() => undefined);
    // Another tab wrote or sent; it sends its own, and the desk tells every tab.
    this.options.changed();
  }
}

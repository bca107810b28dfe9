import { outdated } from "../shared/build";
import { newId } from "../shared/random";
import type { Accepted, Button, Conversation, Emergency, Message } from "../shared/wire";
import { bestKnown, keeping } from "./emergency";
import { bannerOf, isOver, offered, owed, unsaid } from "./facts";
import { identityName, ownToken } from "./identity";
import { Line, type Status, type Typing } from "./line";
import { Media } from "./media";
import { Positions } from "./positions";
import { ChatRecord, START } from "./record";
import { Sending } from "./sending";
import { Sessions, type SessionOptions } from "./session";
import { Shelf, type Pending } from "./shelf";
import { Surroundings } from "./surroundings";
import { texts, type Texts } from "./texts";

export interface ChatOptions extends Omit<SessionOptions, "ready"> {
  changed: () => void;
  /** the chat of nobody in particular, who has turned out to be this person */
  before?: Chat;
}

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
  /** true once the desk serves another build of the widget than this one */
  old = false;
  /** true once the person has looked at the chat on this page */
  shown = false;
  readonly media: Media;
  /** what the person writes, on its way */
  readonly sending: Sending;
  private readonly position: Positions;
  private readonly surroundings = new Surroundings({
    stored: (key) => this.takeStored(key),
    awake: () => this.tryNow(),
    cut: () => this.takeStatus("down"),
    leaving: () => this.onlyHere,
  });
  private readonly shelf: Shelf;
  private readonly line: Line;
  private readonly sessions: Sessions;
  readonly said = new ChatRecord();
  private readonly ready: Promise<void>;
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  private over = false;

  constructor(private readonly options: ChatOptions) {
    const [token, words] = [ownToken(options.appToken), (): Texts => texts[options.locale()]];
    this.shelf = new Shelf(identityName(token()));
    this.called = options.before?.called ?? false;
    this.ready = options.before?.handOver(this.shelf, (message) => this.sending.put(message)) ?? Promise.resolve();
    this.sessions = new Sessions(this.shelf, { base: options.base, locale: options.locale, appToken: token, ready: this.ready }, {
      made: (conversation) => {
        this.takeState(conversation);
        this.greet();
      },
      opened: ({ token }) => {
        if (!this.over) this.line.connect(token);
      },
      lost: (here) => this.beginAnew(here),
    });
    this.line = this.listen();
    this.sending = new Sending(this.shelf, this.sessions, this.line, words, {
      accepted: (message, answer) => this.accepted(message, answer),
      changed: options.changed,
      down: () => this.takeStatus("down"),
    });
    this.position = new Positions((message) => this.sending.put(message), words);
    this.media = new Media((id) => this.line.file(id), options.changed);
  }

  /** Begins: gets or makes the session, listens, sends what is still unsent, and greets in an empty chat. */
  start(): void {
    this.surroundings.listen();
    void this.sessions.ensure().catch(() => this.takeStatus("down"));
    void this.ready.then(() => this.sending.kick());
  }

  /** The person looks at the chat. */
  show(): void {
    if (this.shown) return;
    this.shown = true;
    void this.position.warm();
    if (this.sessions.current === null) this.tryNow();
  }

  /** The page shows this chat no more. What is still unsent goes out in it, then it ends. */
  leave(): void {
    this.away();
    void this.sending.finish().then(() => this.end());
  }

  /** The place in line while a person is awaited, else null. */
  get waiting(): Conversation["queue"] {
    return this.state?.holder === "queue" ? this.state.queue : null;
  }

  get afterwards(): ReturnType<typeof offered> {
    const busy = this.pending.length > 0 || this.typing !== null || this.banner !== "none";
    return offered(this.state, this.said.messages, busy);
  }

  /** What is written and not yet acknowledged. */
  get pending(): Pending[] {
    return this.shelf.pending().filter((m) => m.payload !== START && !this.said.holds(m.client_id));
  }

  /** True while something unsent would be lost with this page, because the browser keeps nothing. */
  get onlyHere(): boolean {
    return this.pending.some((m) => this.shelf.onlyHere(m.client_id));
  }

  /** True while a call for help waits for the network. */
  get callWaiting(): boolean {
    return this.pending.some((m) => m.payload === EMERGENCY);
  }

  get seen(): number {
    return Math.max(this.said.seenSeq, this.state?.staff_seen_seq ?? 0);
  }

  /** Numbers to show. Never empty. */
  get emergency(): Emergency {
    return bestKnown(this.shelf.emergency, this.options.locale());
  }

  get banner(): ReturnType<typeof bannerOf> {
    return bannerOf(this.state, this.called || this.callWaiting);
  }

  /** Posts to one of the desk's doors for this chat. Throws Refused, Unreachable. */
  async post(path: string, body: unknown): Promise<void> {
    await this.line.post(path, body);
    this.line.sync();
  }

  tap(button: Button): void {
    this.sending.say(button.title, button.payload);
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

  tryNow(): void {
    this.sending.kick();
    if (this.shown && this.sessions.current === null) void this.sessions.ensure().catch(() => undefined);
    this.line.sync();
  }

  sayTyping(on: boolean): void {
    this.line.typing(on);
  }

  /** True if something was said to the person that was not on the screen yet. */
  get unread(): boolean {
    return this.said.lastTold > Math.max(this.said.readSeq, this.sessions.current?.read ?? 0);
  }

  /** Tells the desk that everything shown has been seen by the person. */
  markRead(): void {
    const last = this.said.lastTold;
    if (last <= this.said.readSeq || this.sessions.current === null) return;
    this.said.readSeq = last;
    this.sessions.note({ read: last });
    this.line.read(last);
  }

  /** Asks for the greeting in a new chat; whoever has already written gets an answer instead. */
  private greet(): void {
    if (this.over || this.shelf.pending().length > 0) return;
    this.sending.put({ client_id: newId(), text: START, payload: START, written: Date.now() });
  }

  /**
   * Ends for the chat of the same person, now named, which keeps its things in `to`: what is unsent goes out there. Where
   * the desk owes an answer here, the person stays in this conversation, for there it comes.
   */
  private async handOver(to: Shelf, heir: (message: Pending) => void): Promise<void> {
    this.away();
    this.over = true;
    await this.sending.stop(heir);
    const session = this.sessions.current;
    if (session !== null && this.owed) [to.session, this.shelf.session] = [{ ...session, owed: true }, null];
    for (const greeting of this.shelf.pending().filter((m) => m.payload === START)) this.shelf.remove(greeting.client_id);
    this.shelf.moveTo(to);
    this.end();
  }

  /** True while something is open in this conversation: it is not left for another. */
  private get owed(): boolean {
    return owed(this.state, this.said.messages);
  }

  private away(): void {
    this.surroundings.stop();
    clearTimeout(this.typingTimer);
    this.media.clear();
  }

  private end(): void {
    this.over = true;
    this.line.close();
  }

  private listen(): Line {
    const { base, locale, changed } = this.options;
    return new Line(base, locale, {
      messages: (messages) => this.take(messages),
      conversation: (state) => this.takeState(state),
      typing: (typing) => this.takeTyping(typing),
      read: (seq) => {
        this.said.seenSeq = Math.max(this.said.seenSeq, seq);
        changed();
      },
      status: (status) => this.takeStatus(status),
      stranger: (token) => this.lose(token),
    }, () => this.waiting !== null);
  }

  /** The desk does not know the session any more. A page that shows its launcher alone begins no chat of its own accord. */
  private lose(token: string): void {
    if (this.shown || this.pending.length > 0) void this.sessions.renew(token).catch(() => this.takeStatus("down"));
    else this.sessions.forget(token);
  }

  /** Turns to a new chat; what was said in the old one stays to be read on this page. */
  private beginAnew(here: boolean): void {
    this.line.close();
    if (here) this.renewed = this.said.size > 0 || this.pending.length > 0;
    this.said.turn();
    this.options.changed();
  }

  private accepted(sent: Pending, answer: Accepted): void {
    if (!this.said.has(answer.id)) {
      const at = new Date(sent.written).toISOString();
      const text = sent.text || unsaid(sent, texts[this.options.locale()]);
      this.take([{ id: answer.id, seq: answer.seq, client_id: sent.client_id, author: "reporter", text, at }]);
    }
    this.takeState(answer.conversation);
    // What the desk made of a file is not in its acknowledgement.
    if (this.status === "down" || sent.file !== undefined) this.line.sync();
  }

  private take(messages: Message[]): void {
    for (const message of messages) {
      this.said.add(message);
      if (message.client_id) this.shelf.remove(message.client_id);
      if (message.author === "staff" || message.author === "assistant") this.typing = null;
    }
    this.options.changed();
  }

  private takeState(state: Conversation): void {
    [this.state, this.old] = [state, state.version === undefined ? this.old : outdated(state.version)];
    this.shelf.emergency = keeping(state.emergency);
    if (state.incident !== null && isOver(state.incident)) this.called = false;
    if (!this.over) {
      this.sessions.settle(this.called || this.owed);
      void this.sessions.introduce();
    }
    this.options.changed();
  }

  private takeStatus(status: Status): void {
    const back = this.status === "down" && status !== "down";
    this.status = status;
    // What is still here after a while was left by a tab that is gone.
    const left = this.shelf.pending().some((m) => Date.now() - m.written > LEFT_BEHIND_MS);
    if (back || (left && status !== "down")) this.sending.kick();
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
    const busy = this.called || this.owed || this.pending.length > 0;
    // What is open here stays here: the desk's answer puts this session back, or says that it is no more.
    if (busy && this.sessions.elsewhere) this.line.sync();
    else void this.sessions.follow().catch(() => undefined);
    // Another tab wrote or sent; it sends its own, and the desk tells every tab.
    this.options.changed();
  }
}

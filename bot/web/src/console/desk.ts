import { Refused } from "../shared/http";
import { Answer } from "./answer";
import { wordsFor } from "./api";
import { lastSeq, missed, withSeen } from "./ending";
import { keep } from "./keep";
import { Known } from "./known";
import { Live } from "./live";
import { Mentions } from "./mentions";
import { Newest } from "./newest";
import { steady } from "./order";
import { Renewal } from "./renewal";
import { Saying } from "./saying";
import { setDeskTime } from "./ticker";
import type { Detail, Me, StaffMessage } from "./wire";
import type { Locale } from "../shared/wire";

/** Looks at the desk beside the socket's hints, in milliseconds: with the socket, and without. */
const EVERY = { live: 20_000, alone: 3_000 };
const TYPING_SHOWN_MS = 6_000;
/** Who stays on a conversation this long has looked at it. */
const LOOKED_AT_MS = 700;

/** What the console does, without a page: what it knows is in Known. Every change ends in `changed()`. */
export class Desk extends Known {
  readonly answer: Answer;
  readonly saying: Saying;
  readonly renewal: Renewal;
  readonly mentions: Mentions;

  private readonly live: Live;
  private readonly looks: Newest<Detail>;

  constructor(changed: () => void) {
    super(changed);
    this.live = new Live({
      queue: () => this.timers.gather("queue", () => this.refreshQueue()),
      alarm: (alarm) => {
        this.calls.page(alarm);
        void this.refreshQueue();
      },
      conversation: (id) => {
        if (id === this.selected) this.timers.gather("detail", () => this.refreshDetail());
      },
      message: (id, message) => this.takeMessage(id, message),
      typing: (typing) => this.takeTyping(typing),
      presence: (id, viewers) => {
        if (id !== this.selected) return;
        this.viewers = viewers.filter((v) => v.id !== this.me?.id);
        this.changed();
      },
      notice: (kind) => this.say(kind === "reminder" ? this.t.reminder : this.t.waitingNotice),
      mention: () => this.timers.gather("mentions", () => this.mentions.refresh()),
      connected: (on) => this.takeConnection(on),
    });
    this.looks = new Newest<Detail>((id, signal) => this.api.conversation(id, signal), {
      got: (detail) => this.takeDetail(detail),
      failed: (error) => this.unseeable(error),
    });
    this.saying = new Saying(this.api, this.changed);
    this.renewal = new Renewal(this.changed);
    this.mentions = new Mentions(this.api, {
      signedIn: () => this.gate === "open",
      failed: (error) => this.fail(error),
      missed: (error) => this.quietly(error),
      changed: this.changed,
    });
    this.answer = new Answer(this.api, {
      words: () => this.t,
      holds: () => this.may("reply"),
      reads: () => this.may("reply") || (this.detail?.cases ?? []).some((one) => one.accepted_by !== null),
      typing: (id, on) => this.live.typing(id, on),
      expired: () => this.expire(),
      sent: () => this.refreshDetail(),
      changed: this.changed,
    });
  }

  async start(): Promise<void> {
    try {
      await this.enter(await this.api.me());
    } catch (error) {
      this.gate = "signed_out";
      if (!(error instanceof Refused && error.status === 401)) this.problem = wordsFor(error, this.t);
      this.changed();
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    this.problem = "";
    try {
      await this.enter(await this.api.signIn(email, password));
    } catch (error) {
      this.problem = wordsFor(error, this.t);
      this.changed();
    }
  }

  async signOut(): Promise<void> {
    await this.api.signOut().catch(() => undefined);
    this.leave();
    this.gate = "signed_out";
    this.soundAlarms();
    this.changed();
  }

  private leave(): void {
    this.live.close();
    this.looks.stop();
    this.mentions.list = [];
    this.forget();
  }

  chooseLocale(locale: Locale): void {
    this.chosenLocale = locale;
    keep("locale", locale);
    void this.refreshQueue();
    void this.refreshDetail();
    this.changed();
  }

  async setOnline(on: boolean): Promise<void> {
    try {
      await this.api.presence(on ? "online" : "away");
      this.online = on;
      this.changed();
    } catch (error) {
      this.fail(error);
    }
  }

  async select(id: string): Promise<void> {
    if (this.selected !== id) {
      [this.selected, this.detail, this.viewers] = [id, null, []];
      this.reporterTyping = "";
      this.answer.turnTo(id, this.me?.id);
      this.saying.turnTo(id);
      this.live.view(id);
      this.changed();
    }
    // Chosen by a person: a watched chat counts as opened by name, and again when new distress came in while it was open.
    // Refreshing, which the page does by itself, does not, nor does going past it with the keys.
    this.timers.after("opened", LOOKED_AT_MS, () => this.opened(id));
    await this.refreshDetail();
  }

  private async opened(id: string): Promise<void> {
    if (id !== this.selected) return;
    try {
      await this.api.act(id, "open", {});
      await this.mentions.refresh();
    } catch (error) {
      this.fail(error);
    }
  }

  async accept(id: string): Promise<void> {
    if (this.selected !== id) void this.select(id);
    await this.act("accept", {}, id);
  }

  /** Does an act on a conversation. Returns what went wrong; "" when it is done, or another conversation must be read first. */
  async act(path: string, body: unknown, id = this.selected): Promise<string> {
    if (id === null) return "";
    try {
      // What this page has shown of another conversation says nothing of this one.
      const seen = id === this.selected ? this.answer.seen : 0;
      const answer = await this.api.act(id, path, withSeen(path, body, seen));
      if (id === this.selected && answer !== null && "messages" in answer) this.takeDetail(answer as Detail);
      else if (id === this.selected) void this.refreshDetail();
      this.say(this.t.done);
      void this.refreshQueue();
      return "";
    } catch (error) {
      void this.refreshQueue();
      if (error instanceof Refused && error.code === "unseen" && id === this.selected) return this.readFirst();
      this.fail(error);
      const unread = error instanceof Refused && error.code === "others_wait" ? (error.details as { conversations: string[] }) : null;
      if (unread?.conversations[0] !== undefined) {
        // What must be read first is opened at once, and nothing stands before it: the notice says why.
        void this.select(unread.conversations[0]);
        return "";
      }
      void this.refreshDetail();
      return wordsFor(error, this.t);
    }
  }

  /** The words that came in meanwhile. Whoever has them before their eyes may do it again. */
  private async readFirst(): Promise<string> {
    const seen = this.answer.seen;
    await this.refreshDetail();
    const messages = this.detail?.messages ?? [];
    this.answer.shown(lastSeq(messages));
    return missed(messages, seen, this.t);
  }

  async refreshQueue(): Promise<void> {
    if (this.gate !== "open") return;
    try {
      const found = await this.api.queue();
      this.queue = { ...found, rows: steady(this.rows, found.rows) };
      setDeskTime(found.now);
      this.renewal.told(this.queue.version);
      this.calls.follow(this.rows);
      this.soundAlarms();
      this.changed();
    } catch (error) {
      this.quietly(error);
    }
    this.timers.after("queueAgain", this.connected ? EVERY.live : EVERY.alone, () => this.refreshQueue());
  }

  async refreshDetail(): Promise<void> {
    const id = this.selected;
    if (id === null || this.gate !== "open") return;
    await this.looks.look(id);
    if (id !== this.selected) return;
    // While nothing of it is on the page yet, the socket's hints do not help.
    this.timers.after("detailAgain", EVERY[this.connected && this.detail !== null ? "live" : "alone"], () => this.refreshDetail());
  }

  private async enter(me: Me): Promise<void> {
    if (this.me !== null && this.me.id !== me.id) this.leave();
    [this.me, this.gate, this.problem, this.online] = [me, "open", "", true];
    this.alarm.title(this.t.title);
    this.live.open();
    this.changed();
    void this.api.presence("online").catch(() => undefined);
    const again = Renewal.again();
    if (again !== null) void this.select(again);
    await Promise.all([this.refreshQueue(), this.refreshDetail(), this.mentions.refresh()]);
  }

  /** A page beside the desk could not be loaded: the desk is away, or serves a newer one. */
  partMissing(): void {
    if (this.connected) this.renewal.partMissing();
    else this.complain(this.t.unreachable);
  }

  private expire(): void {
    this.gate = "expired";
    this.problem = "";
    this.live.close();
    this.changed();
  }

  private fail(error: unknown): void {
    if (error instanceof Refused && error.status === 401) this.expire();
    else this.complain(wordsFor(error, this.t));
  }

  /** The open conversation cannot be read: whoever may not any more does not keep it before their eyes. */
  private unseeable(error: unknown): void {
    const gone = error instanceof Refused && (error.status === 403 || error.status === 404);
    if (gone) this.close();
    if (gone || this.detail === null) this.fail(error);
    else this.quietly(error);
  }

  /** For looks nobody asked for: only an ended sign-in is worth words. */
  private quietly(error: unknown): void {
    if (error instanceof Refused && error.status === 401) this.expire();
  }

  private takeDetail(detail: Detail): void {
    this.detail = detail;
    this.saying.follow(detail, this.may("reply"));
    setDeskTime(detail.now);
    this.changed();
  }

  private takeMessage(id: string, message: StaffMessage): void {
    if (id !== this.selected || this.detail === null) return;
    if (message.author === "reporter") this.reporterTyping = "";
    if (!this.detail.messages.some((m) => m.id === message.id)) {
      const messages = [...this.detail.messages, message].sort((a, b) => a.seq - b.seq);
      this.detail = { ...this.detail, messages };
      this.changed();
    }
    this.timers.gather("detail", () => this.refreshDetail());
  }

  private takeTyping(typing: { conversation_id: string; author: string; name?: string | null; on: boolean }): void {
    if (typing.conversation_id !== this.selected || typing.author === "staff") return;
    this.reporterTyping = typing.on ? (typing.name ?? this.t.authors.reporter) : "";
    this.timers.after("typing", TYPING_SHOWN_MS, () => {
      this.reporterTyping = "";
      this.changed();
    });
    this.changed();
  }

  private takeConnection(on: boolean): void {
    this.connected = on;
    if (on && this.selected !== null) this.live.view(this.selected);
    void this.refreshQueue();
    void this.refreshDetail();
    if (on) void this.mentions.refresh();
    this.changed();
  }

  private soundAlarms(): void {
    this.calls.sound(this.gate === "signed_out" ? [] : this.alarms);
  }
}

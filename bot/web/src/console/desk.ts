import { Refused } from "../shared/http";
import { Alarm } from "./alarm";
import { Answer } from "./answer";
import { Api, wordsFor } from "./api";
import { alarming, unaccepted, type Alarming } from "./order";
import { keep, recall } from "./keep";
import { Live } from "./live";
import type { Mention } from "./mentions";
import { Saying } from "./saying";
import { setDeskTime } from "./ticker";
import { texts, type Texts } from "./texts/index";
import type { Detail, Me, Queue, Row, StaffMessage, Viewer } from "./wire";
import type { Locale } from "../shared/wire";

/** Looks at the desk beside the socket's hints, in milliseconds: with the socket, and without. */
const EVERY = { live: 20_000, alone: 3_000 };
const DEBOUNCE_MS = 120;
const TYPING_SHOWN_MS = 6_000;

export type Gate = "asking" | "signed_out" | "expired" | "open";

/** What the console knows and does, without a page. Every change ends in `changed()`. */
export class Desk {
  gate: Gate = "asking";
  me: Me | null = null;
  queue: Queue | null = null;
  selected: string | null = null;
  detail: Detail | null = null;
  viewers: Viewer[] = [];
  reporterTyping = "";
  connected = false;
  online = true;
  problem = "";
  notice = "";
  mentions: Mention[] = [];
  readonly alarm = new Alarm();
  readonly answer: Answer;
  readonly saying: Saying;

  readonly api = new Api(() => this.locale);
  private readonly live: Live;
  private readonly paged = new Set<string>();
  private chosenLocale = recall("locale");
  private timers: Record<string, ReturnType<typeof setTimeout> | undefined> = {};
  private sounding = "";

  constructor(private readonly changed: () => void) {
    this.live = new Live({
      queue: () => this.soon("queue", () => this.refreshQueue()),
      alarm: (alarm) => {
        this.paged.add(alarm.conversation_id);
        const headline = `${alarm.grade} · ${alarm.reference}`;
        if (alarm.grade !== "S0") this.alarm.sound();
        this.alarm.notify(headline, alarm.reference);
        void this.refreshQueue();
      },
      conversation: (id) => {
        if (id === this.selected) this.soon("detail", () => this.refreshDetail());
      },
      message: (id, message) => this.takeMessage(id, message),
      typing: (typing) => this.takeTyping(typing),
      presence: (id, viewers) => {
        if (id !== this.selected) return;
        this.viewers = viewers.filter((v) => v.id !== this.me?.id);
        this.changed();
      },
      notice: (kind) => this.say(kind === "reminder" ? this.t.reminder : this.t.waitingNotice),
      mention: () => this.soon("mentions", () => this.refreshMentions()),
      connected: (on) => this.takeConnection(on),
    });
    this.saying = new Saying(this.api, this.changed);
    this.answer = new Answer(this.api, {
      words: () => this.t,
      holds: () => this.may("reply"),
      typing: (id, on) => this.live.typing(id, on),
      expired: () => this.expire(),
      sent: () => this.refreshDetail(),
      changed: this.changed,
    });
  }

  get locale(): Locale {
    const wanted = this.chosenLocale === "" ? (this.me?.locale ?? navigator.language) : this.chosenLocale;
    return wanted.toLowerCase().startsWith("zh") ? "zh" : "en";
  }

  get t(): Texts {
    return texts[this.locale];
  }

  get rows(): Row[] {
    return this.queue?.rows ?? [];
  }

  /** What nobody has accepted and what this person is called for. */
  get alarms(): Alarming[] {
    return alarming(this.rows, this.me, this.paged);
  }

  may(act: string): boolean {
    // Handing on is the holder's: the same door as raising, with a team instead of a grade.
    if (act === "team") return this.may("escalate") && this.may("reply");
    return this.detail?.allowed.some((a) => a.replaceAll("-", "_") === act) === true;
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
    this.live.close();
    Object.values(this.timers).forEach(clearTimeout);
    [this.me, this.queue, this.detail, this.selected] = [null, null, null, null];
    this.mentions = [];
    this.gate = "signed_out";
    this.soundAlarms();
    this.changed();
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
      this.answer.turnTo(id);
      this.saying.turnTo(id);
      this.live.view(id);
      this.changed();
      // Chosen by a person: a watched chat counts as opened by name. Refreshing, which the page does by itself, does not.
      this.api.act(id, "open", {}).then(
        () => void this.refreshMentions(),
        (error: unknown) => this.fail(error),
      );
    }
    await this.refreshDetail();
  }

  async accept(id: string): Promise<void> {
    if (this.selected !== id) void this.select(id);
    await this.act("accept", {}, id);
  }

  /** Does an act on a conversation. Returns the words of what went wrong, or "" when it is done. */
  async act(path: string, body: unknown, id = this.selected): Promise<string> {
    if (id === null) return "";
    try {
      const answer = await this.api.act(id, path, body);
      if (id === this.selected && answer !== null && "messages" in answer) this.takeDetail(answer as Detail);
      else if (id === this.selected) void this.refreshDetail();
      this.say(this.t.done);
      void this.refreshQueue();
      return "";
    } catch (error) {
      this.fail(error);
      void this.refreshQueue();
      void this.refreshDetail();
      return wordsFor(error, this.t);
    }
  }

  async refreshQueue(): Promise<void> {
    if (this.gate !== "open") return;
    try {
      this.queue = await this.api.queue();
      setDeskTime(this.queue.now);
      for (const id of this.paged) {
        const row = this.queue.rows.find((r) => r.conversation_id === id);
        if (row === undefined || !unaccepted(row)) this.paged.delete(id);
      }
      this.soundAlarms();
      this.changed();
    } catch (error) {
      this.quietly(error);
    }
    this.soon("queueAgain", () => this.refreshQueue(), this.connected ? EVERY.live : EVERY.alone);
  }

  async refreshDetail(): Promise<void> {
    const id = this.selected;
    if (id === null || this.gate !== "open") return;
    try {
      const detail = await this.api.conversation(id);
      if (id === this.selected) this.takeDetail(detail);
    } catch (error) {
      if (this.detail === null) this.fail(error);
      else this.quietly(error);
    }
    this.soon("detailAgain", () => this.refreshDetail(), this.connected ? EVERY.live : EVERY.alone);
  }

  /** Puts a mention aside. */
  async dismiss(id: string): Promise<void> {
    try {
      await this.api.post(`/api/console/mentions/${encodeURIComponent(id)}/seen`, {});
    } catch (error) {
      this.fail(error);
    }
    await this.refreshMentions();
  }

  minutesInWords(minutes: number): string {
    return minutes < 60 ? this.t.minutes(minutes) : this.t.hours(minutes / 60);
  }

  private async refreshMentions(): Promise<void> {
    if (this.gate !== "open") return;
    try {
      this.mentions = (await this.api.get<{ mentions: Mention[] }>("/api/console/mentions")).mentions;
      this.changed();
    } catch (error) {
      this.quietly(error);
    }
  }

  say(text: string): void {
    this.notice = text;
    this.problem = "";
    this.soon("notice", () => {
      this.notice = "";
      this.changed();
    }, 4_000);
    this.changed();
  }

  complain(text: string): void {
    [this.problem, this.notice] = [text, ""];
    this.changed();
  }

  private async enter(me: Me): Promise<void> {
    [this.me, this.gate, this.problem, this.online] = [me, "open", "", true];
    this.alarm.title(this.t.title);
    this.live.open();
    this.changed();
    void this.api.presence("online").catch(() => undefined);
    await Promise.all([this.refreshQueue(), this.refreshDetail(), this.refreshMentions()]);
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
    this.soon("detail", () => this.refreshDetail());
  }

  private takeTyping(typing: { conversation_id: string; author: string; name?: string | null; on: boolean }): void {
    if (typing.conversation_id !== this.selected || typing.author === "staff") return;
    this.reporterTyping = typing.on ? (typing.name ?? this.t.authors.reporter) : "";
    this.soon("typing", () => {
      this.reporterTyping = "";
      this.changed();
    }, TYPING_SHOWN_MS);
    this.changed();
  }

  private takeConnection(on: boolean): void {
    this.connected = on;
    if (on && this.selected !== null) this.live.view(this.selected);
    void this.refreshQueue();
    void this.refreshDetail();
    if (on) void this.refreshMentions();
    this.changed();
  }

  private soundAlarms(): void {
    const top = this.alarms.find((a) => a.row.grade === "S0");
    const headline = this.gate === "signed_out" || top === undefined ? "" : `‼ S0 ${top.row.reference ?? ""}`;
    if (headline === this.sounding) return;
    this.sounding = headline;
    this.alarm.raise(headline === "" ? null : headline);
  }

  private soon(name: string, work: () => unknown, wait = DEBOUNCE_MS): void {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(() => void work(), wait);
  }
}

import type { Locale } from "../shared/wire";
import { Alarm } from "./alarm";
import { Api } from "./api";
import { Calls } from "./calls";
import { recall } from "./keep";
import type { Alarming } from "./order";
import { texts, type Texts } from "./texts/index";
import { Timers } from "./timers";
import type { Detail, Me, Queue, Row, Viewer } from "./wire";

const NOTICE_SHOWN_MS = 4_000;

export type Gate = "asking" | "signed_out" | "expired" | "open";

/** What the console knows: who sits before it, what waits, what is open, and the words for it in their language. */
export class Known {
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
  readonly alarm = new Alarm();
  readonly api = new Api(() => this.locale);
  protected readonly calls = new Calls(this.alarm);
  protected readonly timers = new Timers();
  protected chosenLocale = recall("locale");

  constructor(protected readonly changed: () => void) {}

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
    return this.calls.of(this.rows, this.me);
  }

  may(act: string): boolean {
    // Handing on is the holder's: the same door as raising, with a team instead of a grade.
    if (act === "team") return this.may("escalate") && this.may("reply");
    return this.detail?.allowed.some((a) => a.replaceAll("-", "_") === act) === true;
  }

  minutesInWords(minutes: number): string {
    return minutes < 60 ? this.t.minutes(minutes) : this.t.hours(minutes / 60);
  }

  say(text: string): void {
    this.notice = text;
    this.problem = "";
    this.timers.after("notice", NOTICE_SHOWN_MS, () => {
      this.notice = "";
      this.changed();
    });
    this.changed();
  }

  /** No conversation is open. */
  protected close(): void {
    [this.selected, this.detail, this.viewers, this.reporterTyping] = [null, null, [], ""];
  }

  /** Nothing of what one person had before their eyes is left for the next. */
  protected forget(): void {
    this.timers.clear();
    this.close();
    [this.me, this.queue] = [null, null];
  }

  complain(text: string): void {
    [this.problem, this.notice] = [text, ""];
    this.changed();
  }
}

import { Refused } from "../shared/http";
import { newId } from "../shared/random";
import { wordsFor, type Api } from "./api";
import type { Asking, Concern } from "./concerns";
import { keep, recall } from "./keep";
import type { OfferedMacro } from "./saying";
import { deskNow } from "./ticker";
import type { Texts } from "./texts/index";

const TYPING_EVERY_MS = 2_500;

/** What belongs to a half-written answer beside its words. */
interface Beside {
  promise: number | null;
  promiseAt: string | null;
  macros: string[];
  /** of a try whose answer never came: the same words tried again cannot arrive twice */
  clientId: string;
}

const ALONE: Beside = { promise: null, promiseAt: null, macros: [], clientId: "" };

function recallBeside(key: string): Beside {
  try {
    return { ...ALONE, ...(JSON.parse(recall(`beside:${key}`) || "{}") as Partial<Beside>) };
  } catch {
    return ALONE; // not ours
  }
}

export interface AnswerHooks {
  words(): Texts;
  /** true while this person holds the open conversation */
  holds(): boolean;
  /** true while this person's reading counts: they hold it, or somebody has accepted a case of it (the desk knows whether they) */
  reads(): boolean;
  typing(id: string, on: boolean): void;
  expired(): void;
  /** after a try, whatever came of it */
  sent(): Promise<void>;
  changed(): void;
}

/**
 * The answer an agent is writing: one draft per conversation, kept in the browser until the desk has it, and which
 * messages the agent had on the screen when it was sent.
 */
export class Answer {
  text = "";
  sending = false;
  problem = "";
  /** true after the desk refused an answer because of messages this page had not shown */
  unseen = false;
  /** minutes until the time that the answer promises; null promises none */
  promise: number | null = null;
  /** what speaks against sending it as it is, while the agent is asked */
  asking: Asking | null = null;

  /** the macros it was written from */
  private macros: string[] = [];
  /** the very time that a macro names */
  private promiseAt: string | null = null;
  private id: string | null = null;
  private key = "";
  private clientId = "";
  private shownSeq = 0;
  private readSeq = 0;
  private lastTyping = -Infinity;

  constructor(
    private readonly api: Api,
    private readonly hooks: AnswerHooks,
  ) {}

  /** From now on conversation `id` is answered. who: the writer, for whoever sits here next has drafts of their own. */
  turnTo(id: string, who = ""): void {
    [this.id, this.key] = [id, `${who}:${id}`];
    this.text = recall(`draft:${this.key}`);
    [this.problem, this.unseen, this.asking] = ["", false, null];
    const beside = recallBeside(this.key);
    [this.promise, this.promiseAt, this.macros, this.clientId] = [beside.promise, beside.promiseAt, [...beside.macros], beside.clientId];
    [this.shownSeq, this.readSeq] = [0, 0];
  }

  write(text: string): void {
    if (this.id === null) return;
    this.text = text;
    keep(`draft:${this.key}`, text);
    [this.clientId, this.problem] = ["", ""];
    // What is written from nothing is nobody's macro.
    if (text.trim() === "") [this.macros, this.promiseAt] = [[], null];
    this.keepBeside();
    const now = performance.now();
    if (now - this.lastTyping > TYPING_EVERY_MS && this.hooks.holds()) {
      this.lastTyping = now;
      this.hooks.typing(this.id, true);
    }
    this.hooks.changed();
  }

  /** Adds a macro or a suggestion to what is written; a macro's promise comes with it. */
  insert(text: string, macro: OfferedMacro | null): void {
    const gap = this.text.trim() === "" ? "" : /\s$/.test(this.text) ? "" : " ";
    this.write(this.text.trim() === "" ? text : `${this.text}${gap}${text}`);
    if (macro === null) return;
    if (!this.macros.includes(macro.id)) this.macros.push(macro.id);
    if (macro.promise_minutes !== null) [this.promise, this.promiseAt] = [macro.promise_minutes, macro.promise_at];
    this.keepBeside();
    this.hooks.changed();
  }

  /** Back to the draft: nothing is sent. */
  thinkAgain(): void {
    this.asking = null;
    this.hooks.changed();
  }

  promises(minutes: number | null): void {
    [this.promise, this.promiseAt] = [minutes, null];
    [this.clientId, this.problem] = ["", ""];
    this.keepBeside();
    this.hooks.changed();
  }

  /** Sends the draft. It stays in the field until the desk has it. despite: concerns that were shown and are overruled. */
  async send(despite: { keys: string[]; why: string } = { keys: [], why: "" }): Promise<void> {
    const [id, key, text] = [this.id, this.key, this.text.trim()];
    if (id === null || text === "" || this.sending || !this.hooks.holds()) return;
    // The same text tried again keeps its id, so that it cannot arrive twice.
    this.clientId ||= newId();
    this.keepBeside();
    [this.sending, this.problem, this.unseen] = [true, "", false];
    this.hooks.changed();
    try {
      const at = this.promise === null ? null : (this.promiseAt ?? new Date(deskNow() + this.promise * 60_000).toISOString());
      const promised = at === null ? {} : { promise_at: at };
      const over = { macros: this.macros, despite: despite.keys, why: despite.why };
      await this.api.act(id, "reply", { client_id: this.clientId, text, seen_seq: this.shownSeq, ...promised, ...over });
      keep(`draft:${key}`, "");
      keep(`beside:${key}`, "");
      if (this.id === id) {
        [this.text, this.clientId, this.promise, this.promiseAt] = ["", "", null, null];
        [this.asking, this.macros] = [null, []];
      }
      this.hooks.typing(id, false);
      this.lastTyping = -Infinity;
    } catch (error) {
      if (this.id === id) this.explain(error);
    } finally {
      this.sending = false;
      await this.hooks.sent();
      this.hooks.changed();
    }
  }

  /** The last message that was on the screen. */
  get seen(): number {
    return this.shownSeq;
  }

  /** Notes that messages up to `seq` are on the screen, and tells the desk when this person's reading counts. */
  shown(seq: number): void {
    if (this.id === null || document.hidden) return;
    this.shownSeq = Math.max(this.shownSeq, seq);
    if (!this.hooks.reads() || seq <= this.readSeq) return;
    this.readSeq = seq;
    // A lost read mark is made good by the next.
    void this.api.act(this.id, "read", { seq }).catch(() => undefined);
  }

  /** Keeps what belongs to the draft over a reload of the page, and while another conversation is open. */
  private keepBeside(): void {
    if (this.id === null) return;
    const { promise, promiseAt, macros, clientId } = this;
    const bare = promise === null && macros.length === 0 && clientId === "";
    keep(`beside:${this.key}`, bare ? "" : JSON.stringify({ promise, promiseAt, macros, clientId } satisfies Beside));
  }

  private explain(error: unknown): void {
    const t = this.hooks.words();
    this.unseen = error instanceof Refused && error.code === "unseen";
    const details = error instanceof Refused ? (error.details as { concerns?: Concern[]; reason_needed?: boolean } | null) : null;
    if (details?.concerns !== undefined) {
      this.asking = { concerns: details.concerns, reasonNeeded: details.reason_needed === true };
      // What is to be looked at stands in the window; only what is missing there needs more words.
      this.problem = error instanceof Refused && error.code === "reason_needed" ? error.message : "";
      return;
    }
    this.asking = null;
    this.problem = this.unseen ? t.unseen : `${t.draftKept} ${wordsFor(error, t)}`;
    if (error instanceof Refused && error.status === 401) this.hooks.expired();
  }
}

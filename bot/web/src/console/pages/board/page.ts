import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { clockTime } from "../../../shared/times";
import type { Act } from "../../acts";
import { wordsFor } from "../../api";
import type { Desk } from "../../desk";
import { deskNow } from "../../ticker";
import { Timers } from "../../timers";
import type { Queue, Row } from "../../wire";
import { figures } from "./figures";
import { VgPlot } from "./plot";
import { routing } from "./routing";
import { texts, type Words } from "./texts";
import { digestBars, wall } from "./wall";
import type { Digests, Report, Routing } from "./wire";
import "./page.css";

const EVERY_MS = 60_000;
const PERIODS = [1, 7, 14, 30, 90];
/** What the desk gives where no days are named. */
const FIRST_DAYS = 7;

/** The day that is `back` days before today on the desk's calendar of `zone`: days are counted, whatever their hours. */
export function dayBefore(back: number, zone: string, now = deskNow()): string {
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(now);
  return new Date(Date.parse(`${today}T00:00:00Z`) - back * 86_400_000).toISOString().slice(0, 10);
}

/** `<vg-board>`: the supervisors' wall, live above and in figures below. */
export class VgBoard extends LitElement {
  @property({ attribute: false }) desk!: Desk;
  @state() private report: Report | null = null;
  @state() private digests: Digests | null = null;
  @state() private routing: Routing | null = null;
  @state() private days = FIRST_DAYS;
  @state() private problem = "";
  @state() private act: Act | null = null;
  private target: Row | null = null;
  private timer = 0;
  private readonly timers = new Timers();
  private followed: Queue | null = null;
  private spoken = "";
  private asked = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.timer = window.setInterval(() => void this.read(), EVERY_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.timer);
    this.timers.clear();
  }

  protected override willUpdate(): void {
    // Whatever moves between people moves the queue, too.
    if (this.followed !== this.desk.queue) {
      this.followed = this.desk.queue;
      this.timers.gather("routing", () => this.readRouting());
    }
    // The labels come in the reader's language from the desk.
    if (this.spoken === this.desk.locale) return;
    this.spoken = this.desk.locale;
    this.timers.gather("routing", () => this.readRouting());
    void this.read();
  }

  protected override render(): TemplateResult {
    const { desk } = this;
    const t = texts[desk.locale];
    return html`<div class="board">
      <h2 class="page-title">${t.title}</h2>
      ${digestBars(this.digests, desk, t)}
      ${wall(desk, t, { listen: (row) => this.open(row.conversation_id), whisper: (row) => this.ask(row, "whisper", t), takeOver: (row) => this.ask(row, "accept", t) })}
      ${routing(this.routing, desk, t, (id) => this.open(id))}
      ${this.tools(t)}
      ${this.problem === ""
        ? nothing
        : html`<p class="problem" role="alert">${t.failed} ${this.problem} <button type="button" class="small" @click=${() => void this.read()}>${t.again}</button></p>`}
      ${this.report === null
        ? html`<p class="empty" role="status">${this.problem === "" ? t.loading : ""}</p>`
        : figures(this.report, desk, t, (id) => id !== null && this.open(id))}
      <vg-dialog .act=${this.act} .t=${desk.t} .run=${this.run} .closed=${() => (this.act = null)}></vg-dialog>
    </div>`;
  }

  private tools(t: Words): TemplateResult {
    const { report } = this;
    return html`<div class="board-tools">
      <label for="board-period">${t.period}</label>
      <select id="board-period" data-testid="board-period" @change=${(event: Event) => this.choose(Number((event.target as HTMLSelectElement).value))}>
        ${PERIODS.map((n) => html`<option value=${n} ?selected=${n === this.days}>${t.days(n)}</option>`)}
      </select>
      ${report === null
        ? nothing
        : html`<a class="button" data-testid="board-csv" href="/api/console/report.csv?from=${report.from}&to=${report.to}&lang=${this.desk.locale}" download>${t.csv}</a>
            <span class="soft">${t.asOf(report.from, report.to, clockTime(report.made_at, this.desk.locale), report.zone)}</span>`}
    </div>`;
  }

  private choose(days: number): void {
    this.days = days;
    void this.read();
  }

  /** The figures anew; what is shown stays until they are there. The answer for a period that was left meanwhile is dropped. */
  private async read(): Promise<void> {
    const { api } = this.desk;
    const [mine, days, zone] = [++this.asked, this.days, this.report?.zone];
    const from = zone === undefined ? "" : `?from=${dayBefore(days - 1, zone)}&to=${dayBefore(0, zone)}`;
    try {
      const [report, digests] = await Promise.all([api.get<Report>(`/api/console/report${from}`), api.get<Digests>("/api/console/digests")]);
      if (mine !== this.asked) return;
      [this.report, this.digests, this.problem] = [report, digests, ""];
      // The first answer tells whose days are counted; another period was chosen before that was known.
      if (zone === undefined && days !== FIRST_DAYS) await this.read();
    } catch (error) {
      if (mine === this.asked) this.problem = wordsFor(error, this.desk.t);
    }
  }

  /** A look that fails leaves what was seen; the figures beside it say that the desk is away. */
  private async readRouting(): Promise<void> {
    this.routing = await this.desk.api.get<Routing>("/api/console/routing/live").catch(() => this.routing);
  }

  private open(id: string): void {
    this.dispatchEvent(new CustomEvent("vg-open", { detail: id, bubbles: true }));
  }

  private ask(row: Row, name: "whisper" | "accept", t: Words): void {
    const who = row.holder_name ?? t.nobodyHolds;
    this.target = row;
    const field = { name: "text", label: t.whisperText, kind: "area" as const, required: true, testid: "whisper-text" };
    this.act =
      name === "whisper"
        ? { name, path: name, title: t.whisper, ask: t.whisperAsk(who), fields: [field], weighty: false, body: (v) => ({ text: (v.text ?? "").trim() }) }
        : { name, path: name, title: t.takeOver, ask: t.takeOverAsk(who), fields: [], weighty: true, body: () => ({ take_over: true }) };
  }

  private readonly run = async (act: Act, body: Record<string, unknown>): Promise<string> => {
    const row = this.target;
    if (row === null) return "";
    if (act.name === "accept") {
      const problem = await this.desk.act("accept", body, row.conversation_id);
      if (problem === "") this.open(row.conversation_id);
      return problem;
    }
    try {
      const answer = await this.desk.api.post<{ to: string | null }>(`/api/console/conversations/${encodeURIComponent(row.conversation_id)}/whisper`, body);
      const t = texts[this.desk.locale];
      this.desk.say(answer.to === null ? t.whisperNoted : t.whispered(answer.to));
      return "";
    } catch (error) {
      return wordsFor(error, this.desk.t);
    }
  };
}

customElements.define("vg-plot", VgPlot);
customElements.define("vg-board", VgBoard);

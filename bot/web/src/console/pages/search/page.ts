import "../board/page.css";
import "./page.css";
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { clockTime } from "../../../shared/times";
import type { Grade } from "../../../shared/wire";
import { wordsFor } from "../../api";
import type { Desk } from "../../desk";
import { gradeBadge } from "../../queue-pane";
import { VgBulkHand } from "./hand-over";
import { texts, type Texts } from "./texts";
import type { Found, Outcome, Results } from "./wire";

const GRADES: readonly Grade[] = ["S0", "S1", "S2", "S3"];
const STATES = ["open", "resolved", "closed"];
const ENDED = ["resolved", "closed"];
const FIELDS = ["q", "grade", "state", "from", "to"];

/** `<vg-search>`: finds conversations and cases, and opens them in the desk. */
export class VgSearch extends LitElement {
  @property({ attribute: false }) desk!: Desk;
  @state() private results: Results | null = null;
  @state() private busy = false;
  @state() private problem = "";
  @state() private chosen = new Set<string>();
  @state() private outcomes = new Map<string, Outcome>();
  /** what the results answer, without the page */
  private asked = new URLSearchParams();
  private turn = 0;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override firstUpdated(): void {
    this.querySelector<HTMLInputElement>("#search-q")?.focus();
  }

  protected override render(): TemplateResult {
    const t = texts[this.desk.locale];
    const phones = this.desk.me?.acts.includes("see_unmasked_phone") ?? false;
    return html`<div class="board search">
      <h2 class="page-title">${t.title}</h2>
      <form role="search" class="board-card search-form" @submit=${this.submit} novalidate>
        <div class="field search-words">
          <label for="search-q">${phones ? t.what : t.whatMasked}</label>
          <input id="search-q" name="q" type="search" autocomplete="off" spellcheck="false" aria-describedby="search-hint" data-testid="search-q" />
        </div>
        <div class="field"><label for="search-grade">${t.grade}</label>
          <select id="search-grade" name="grade"><option value="">${t.anyGrade}</option>${GRADES.map((one) => html`<option value=${one}>${one} · ${this.desk.t.grades[one]}</option>`)}</select></div>
        <div class="field"><label for="search-state">${t.state}</label>
          <select id="search-state" name="state"><option value="">${t.anyState}</option>${STATES.map((one) => html`<option value=${one}>${t.statesOf[one]}</option>`)}</select></div>
        <div class="field"><label for="search-from">${t.from}</label><input id="search-from" name="from" type="date" /></div>
        <div class="field"><label for="search-to">${t.to}</label><input id="search-to" name="to" type="date" /></div>
        <button type="submit" class="primary" data-testid="search-go" aria-disabled=${this.busy ? "true" : "false"}>${t.go}</button>
        <p id="search-hint" class="soft">${phones ? nothing : t.masked} ${t.audited}</p>
      </form>
      <p class="problem" role="alert" data-testid="search-problem">${this.problem}</p>
      <p class="visually-hidden" role="status">${this.busy ? t.searching : this.results === null ? "" : t.found(this.results.total)}</p>
      ${this.busy ? html`<p class="soft" aria-hidden="true">${t.searching}</p>` : nothing} ${this.found(t)}
    </div>`;
  }

  private found(t: Texts): TemplateResult | typeof nothing {
    const { results } = this;
    if (results === null) return nothing;
    if (results.total === 0) return html`<p class="empty" data-testid="search-nothing">${t.nothing(results.q)}</p>`;
    return html`<div class="board-card">
      <div class="search-head">
        <h3 data-testid="search-total">${t.found(results.total)}</h3>
        ${results.total > results.most
          ? html`<span class="soft">${t.tooMany(results.most)}</span>`
          : html`<a class="button" data-testid="search-csv" href="/api/console/search.csv?${this.asked.toString()}&lang=${this.desk.locale}" download>${t.csv}</a>`}
      </div>
      ${results.partial ? html`<p class="warn">${t.partial}</p>` : nothing}
      <div class="wide-table" role="region" tabindex="0" aria-label=${t.found(results.total)}><table data-testid="search-results">
        <thead><tr>${[t.choose, t.grade, t.reference, t.matter, t.who, t.where, t.last, t.act].map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
        <tbody>${results.rows.map((one) => this.row(one, t))}</tbody>
      </table></div>
      ${this.bulk(results, t)} ${results.pages > 1 ? this.pages(results, t) : nothing}
    </div>`;
  }

  private row(one: Found, t: Texts): TemplateResult {
    const { desk } = this;
    const name = one.reference ?? one.conversation_id.slice(-6).toUpperCase();
    return html`<tr data-testid="search-row" data-id=${one.conversation_id}>
      <td>${this.choosable(one)
        ? html`<input type="checkbox" data-testid="search-choose" aria-label=${t.chooseOne(name)} .checked=${this.chosen.has(one.conversation_id)} @change=${() => this.toggle(one.conversation_id)} />`
        : nothing}</td>
      <td>${gradeBadge(one.grade, desk.t)}</td>
      <th scope="row"><span class="reference">${name}</span><br /><span class="soft">${one.reference === null ? t.noCase : nothing} ${desk.t.states[one.state] ?? t.holders[one.state] ?? one.state}</span></th>
      <td>${one.intent_label ?? "–"}${one.plate === null ? nothing : html`<br /><bdi class="soft">${one.plate}</bdi>`}</td>
      <td><bdi>${one.person ?? "–"}</bdi>${one.phone === null ? nothing : html`<br /><bdi class="soft">${one.phone}</bdi>`}</td>
      <td class="search-excerpt"><span class="soft">${one.found_in.map((why) => t.foundIn[why] ?? why).join(" · ")}</span>${one.excerpt === "" ? nothing : html`<br /><bdi>${one.excerpt}</bdi>`}</td>
      <td>${one.last_at === null ? "–" : clockTime(one.last_at, desk.locale)}<br /><span class="soft">${one.holder_name === null ? t.nobody : t.heldBy(one.holder_name)}</span></td>
      <td><button type="button" class="small" data-testid="search-open" aria-label=${t.open(name)} @click=${() => this.open(one.conversation_id)}>${t.act}</button>${this.outcome(one, t)}</td>
    </tr>`;
  }

  /** Nothing grave and not ended, with a case or with people; the desk decides again, one by one. */
  private choosable(one: Found): boolean {
    const known = one.reference !== null || one.state === "queue" || one.state === "person";
    return known && (one.grade === "S3" || one.grade === "S2") && !ENDED.includes(one.state) && this.outcomes.get(one.conversation_id)?.done !== true;
  }

  private toggle(id: string): void {
    const next = new Set(this.chosen);
    if (!next.delete(id)) next.add(id);
    this.chosen = next;
  }

  private outcome(one: Found, t: Texts): TemplateResult | typeof nothing {
    const outcome = this.outcomes.get(one.conversation_id);
    if (outcome === undefined) return nothing;
    return html`<p class=${outcome.done ? "soft" : "warn"} data-testid="search-outcome">${outcome.done ? (outcome.message ?? t.done) : outcome.message}</p>`;
  }

  private bulk(results: Results, t: Texts): TemplateResult | typeof nothing {
    if (this.chosen.size === 0) return nothing;
    return html`<form class="search-form search-bulk" @submit=${this.resolve} novalidate aria-label=${t.bulkTitle(this.chosen.size)}>
      <b>${t.bulkTitle(this.chosen.size)}</b>
      <div class="field"><label for="bulk-code">${t.bulkCode}</label>
        <select id="bulk-code" name="code" data-testid="bulk-code"><option value="">${t.bulkPick}</option>${results.codes.map((one) => html`<option value=${one.code}>${one.label}</option>`)}</select></div>
      <div class="field search-reason"><label for="bulk-reason">${t.bulkReason}</label><input id="bulk-reason" name="reason" maxlength="2000" autocomplete="off" data-testid="bulk-reason" /></div>
      <button type="submit" class="primary" data-testid="bulk-go" aria-disabled=${this.busy ? "true" : "false"}>${t.bulkGo}</button>
    </form>
    <vg-bulk-hand .desk=${this.desk} .ids=${[...this.chosen]} .made=${this.take}></vg-bulk-hand>`;
  }

  private pages(results: Results, t: Texts): TemplateResult {
    const to = (page: number, label: string): TemplateResult =>
      html`<button type="button" class="small" ?disabled=${page < 1 || page > results.pages || this.busy} @click=${() => void this.read(page)}>${label}</button>`;
    return html`<nav class="search-pages" aria-label=${t.pages}>
      ${to(results.page - 1, t.earlier)}<span>${t.pageOf(results.page, results.pages)}</span>${to(results.page + 1, t.later)}
    </nav>`;
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    this.asked = new URLSearchParams();
    for (const name of FIELDS) {
      const value = form.get(name);
      if (typeof value === "string" && (value !== "" || name === "q")) this.asked.set(name, value);
    }
    void this.read(1);
  };

  /** Ends what is selected. What was refused stays selected, with the reason that was typed. */
  private readonly resolve = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy || this.results === null) return;
    const form = new FormData(event.target as HTMLFormElement);
    const body = { conversation_ids: [...this.chosen], code: form.get("code"), reason: form.get("reason"), as_of: this.results.now };
    this.busy = true;
    try {
      const { outcomes } = await this.desk.api.post<{ outcomes: Outcome[] }>("/api/console/bulk/resolve", body);
      this.take(outcomes);
      this.problem = "";
      this.desk.say(texts[this.desk.locale].bulkDone(outcomes.length - this.chosen.size, outcomes.length));
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
    } finally {
      this.busy = false;
    }
  };

  /** Shows what became of each; what was refused stays selected. */
  private readonly take = (outcomes: Outcome[]): void => {
    this.outcomes = new Map([...this.outcomes, ...outcomes.map((one) => [one.conversation_id, one] as const)]);
    this.chosen = new Set(outcomes.filter((one) => !one.done).map((one) => one.conversation_id));
  };

  /** Asks anew. An answer that comes after a later question is not shown; on an error what was typed and found stays. */
  private async read(page: number): Promise<void> {
    const turn = ++this.turn;
    this.busy = true;
    try {
      const found = await this.desk.api.get<Results>(`/api/console/search?${this.asked.toString()}&page=${page}`);
      if (turn !== this.turn) return;
      [this.results, this.problem] = [found, ""];
      this.chosen = new Set();
      this.outcomes = new Map();
    } catch (error) {
      if (turn === this.turn) this.problem = wordsFor(error, this.desk.t);
    } finally {
      if (turn === this.turn) this.busy = false;
    }
  }

  private open(id: string): void {
    this.dispatchEvent(new CustomEvent("vg-open", { detail: id, bubbles: true }));
  }
}

customElements.define("vg-bulk-hand", VgBulkHand);
customElements.define("vg-search", VgSearch);

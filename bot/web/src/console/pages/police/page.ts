import "./page.css";
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import { repeat } from "lit/directives/repeat.js";
import { Again } from "../../../shared/again";
import { clockTime } from "../../../shared/times";
import { wordsFor } from "../../api";
import "../../cards/police";
import { policeTexts, type PoliceTexts } from "../../cards/police-texts";
import type { PoliceFull, PoliceListed } from "../../cards/police-wire";
import type { Desk } from "../../desk";
import { setDeskTime } from "../../ticker";

const EVERY_MS = 5_000;

/** `<vigil-police-page>`: every request, those owed an answer first, and the chosen one with what is to be done. */
export class PolicePage extends LitElement {
  desk!: Desk;
  @state() private rows: PoliceListed[] | null = null;
  @state() private chosen: PoliceFull | null = null;
  @state() private problem = "";
  private readonly again = new Again(this, EVERY_MS, () => this.look());

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  private get words(): PoliceTexts {
    return policeTexts[this.desk.locale];
  }

  private async look(): Promise<void> {
    try {
      const found = await this.desk.api.get<{ now: string; requests: PoliceListed[] }>("/api/console/police/requests");
      setDeskTime(found.now);
      [this.rows, this.problem] = [found.requests, ""];
      const first = found.requests.find((one) => one.due_at !== null);
      if (this.chosen !== null) await this.open(this.chosen.id);
      else if (first !== undefined) await this.open(first.id);
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
    }
  }

  private async open(id: string): Promise<void> {
    this.chosen = await this.desk.api.get<PoliceFull>(`/api/console/police/requests/${id}`);
  }

  private choose(id: string): void {
    this.open(id).catch((error: unknown) => (this.problem = wordsFor(error, this.desk.t)));
  }

  protected override render(): TemplateResult {
    const { words } = this;
    const rows = this.rows ?? [];
    const owed = rows.filter((one) => one.due_at !== null);
    return html`<h2 class="page-title">${words.page}</h2>
      <div class="rows">
        <p class="problem" role="alert">${this.problem}</p>
        <h2>${words.waiting} (${owed.length})</h2>
        ${this.list(owed)} ${this.rows === null ? html`<p class="empty">${this.desk.t.loading}</p>` : nothing}
        <h2>${words.answered}</h2>
        ${this.list(rows.filter((one) => one.due_at === null))}
      </div>
      <div class="one">
        ${this.chosen === null
          ? html`<p class="empty">${words.pick}</p>`
          : keyed(this.chosen.id, html`<vg-police .desk=${this.desk} .given=${this.chosen} .changed=${() => void this.again.now()}></vg-police>`)}
      </div>`;
  }

  private list(rows: PoliceListed[]): TemplateResult {
    const { words, desk } = this;
    if (rows.length === 0) return html`<p class="soft">${words.none}</p>`;
    return html`${repeat(
      rows,
      (one) => one.id,
      (one) => html`<button type="button" data-testid="police-row" aria-current=${this.chosen?.id === one.id ? "true" : "false"} @click=${() => this.choose(one.id)}>
        <span class="head"
          ><b>${one.reference}</b>
          ${one.due_at === null
            ? html`<span>${words.states[one.state] ?? one.state}${one.answered_by === null ? "" : ` · ${words.by(one.answered_by)}`}</span>`
            : html`<vg-clock due=${one.due_at} words=${words.due} late=${words.late}></vg-clock>`}</span
        >
        ${one.danger && one.due_at !== null ? html`<span class="danger">${words.danger}</span>` : nothing}
        <span>${[one.unit, one.officer, one.city].filter(Boolean).join(" · ")}</span>
        <span class="soft"
          >${[clockTime(one.filed_at, desk.locale), one.number > 1 ? words.again(one.number) : "", one.accepted_by === null ? words.nobody : words.accepted(one.accepted_by)].filter(Boolean).join(" · ")}</span
        >
      </button>`,
    )}`;
  }
}

customElements.define("vigil-police-page", PolicePage);

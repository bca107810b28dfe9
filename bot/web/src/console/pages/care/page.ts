import "./page.css";
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { Again } from "../../../shared/again";
import { wordsFor } from "../../api";
import type { Desk } from "../../desk";
import { setDeskTime } from "../../ticker";
import type { DepartmentTask } from "../../wire";
import { texts } from "./texts";

const EVERY_MS = 30_000;

interface Owed {
  id: string;
  conversation_id: string;
  reference: string;
  label: string;
  state: string;
  state_label?: string;
  due_at: string | null;
  owner: string;
  mine: boolean;
}

interface List {
  now: string;
  care: Owed[];
  departments: DepartmentTask[];
}

/** What is owed after cases: the owner's list of contacts and acts, and what other departments have in hand. */
export class CarePage extends LitElement {
  @property({ attribute: false }) desk!: Desk;
  @state() private list: List | null = null;
  @state() private problem = "";
  protected readonly again = new Again(this, EVERY_MS, () => this.read());

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const t = texts[this.desk.locale];
    const { list } = this;
    return html`<div class="care-page">
      <h2 class="page-title">${t.title}</h2>
      <p class="problem" role="alert">${this.problem === "" ? "" : `${t.failed} ${this.problem}`}</p>
      ${list === null
        ? html`<p class="empty">${this.desk.t.loading}</p>`
        : html`${this.section(t.mine, list.care.filter((one) => one.mine))} ${this.section(t.others, list.care.filter((one) => !one.mine))}
          ${this.section(t.departments, list.departments.map((one) => ({ ...one, mine: false })))}
          ${list.care.length + list.departments.length === 0 ? html`<p class="empty">${t.nothing}</p>` : nothing}`}
    </div>`;
  }

  private section(title: string, rows: Owed[]): TemplateResult | typeof nothing {
    if (rows.length === 0) return nothing;
    const { t } = this.desk;
    const c = texts[this.desk.locale];
    return html`<section class="card">
      <h2>${title} <span class="soft">${rows.length}</span></h2>
      <ul class="care-tasks">
        ${rows.map(
          (one) => html`<li class="care-task ${one.state}" data-testid="owed">
            <div class="care-line">
              <b>${one.label}</b>
              <span class="reference">${one.reference}</span>
              <span class="soft">${one.state_label ?? nothing} <bdi>${c.owner}: ${one.owner}</bdi></span>
              ${one.due_at === null ? nothing : html`<vg-clock due=${one.due_at} words=${t.dueIn("%")} late=${t.overdue("%")}></vg-clock>`}
              <button type="button" class="small" aria-label=${c.open(one.reference)} @click=${() => this.open(one.conversation_id)}>${t.openIt}</button>
            </div>
          </li>`,
        )}
      </ul>
    </section>`;
  }

  private open(id: string): void {
    this.dispatchEvent(new CustomEvent("vg-open", { detail: id, bubbles: true }));
  }

  private async read(): Promise<void> {
    try {
      this.list = await this.desk.api.get<List>("/api/console/care");
      setDeskTime(this.list.now);
      this.problem = "";
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
    }
  }
}

customElements.define("care-page", CarePage);

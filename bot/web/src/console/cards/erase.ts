import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { wordsFor } from "../api";
import type { Desk } from "../desk";
import { careTexts } from "./care-texts";

interface Answer {
  conversations: number;
  cases: number;
  confirm: string | null;
}

/** Erasing a person in two steps: a reason, what it would take away, and then for good. */
export class VgErase extends LitElement {
  @property({ attribute: false }) desk!: Desk;
  @property() person = "";
  @property() reference = "";
  @state() private reason = "";
  @state() private found: Answer | null = null;
  @state() private problem = "";
  @state() private busy = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): TemplateResult {
    const c = careTexts[this.desk.locale];
    const { found } = this;
    return html`<h2>${c.erase}</h2>
      <p class="soft">${c.eraseWhy(this.reference)}</p>
      ${found === null
        ? html`<div class="field">
            <label for="erase-reason">${c.reason}</label>
            <textarea id="erase-reason" rows="2" .value=${this.reason} data-testid="erase-reason" @input=${this.take}></textarea>
          </div>`
        : html`<p role="status"><b>${found.confirm === null ? c.erased : c.found(found.conversations, found.cases)}</b></p>`}
      <p class="problem" role="alert">${this.problem}</p>
      <div class="row">
        ${found === null
          ? html`<button type="button" data-testid="erase-look" ?disabled=${this.busy || this.reason.trim() === ""} @click=${() => void this.step({ reason: this.reason })}>
              ${this.busy ? c.working : c.look}
            </button>`
          : found.confirm === null
            ? nothing
            : html`<button type="button" @click=${() => (this.found = null)}>${c.back}</button>
                <button type="button" class="alarm" data-testid="erase-sure" ?disabled=${this.busy} @click=${() => void this.step({ confirm: found.confirm })}>
                  ${this.busy ? c.working : c.sure}
                </button>`}
      </div>`;
  }

  private readonly take = (event: Event): void => {
    this.reason = (event.target as HTMLTextAreaElement).value;
    this.problem = "";
  };

  private async step(body: Record<string, unknown>): Promise<void> {
    this.busy = true;
    this.problem = "";
    try {
      this.found = await this.desk.api.post<Answer>(`/api/console/people/${encodeURIComponent(this.person)}/erase`, body);
      if (this.found.confirm === null) void this.desk.refreshDetail();
    } catch (error) {
      this.found = null;
      this.problem = wordsFor(error, this.desk.t);
    }
    this.busy = false;
  }
}

customElements.define("vg-erase", VgErase);

/** Shown to a supervisor while somebody's request to be erased is open. */
export function eraseCard(desk: Desk): TemplateResult | typeof nothing {
  const asked = desk.detail?.erasable;
  if (asked == null) return nothing;
  return html`<section class="card" data-testid="erase-card">
    <vg-erase .desk=${desk} person=${asked.person} reference=${asked.reference}></vg-erase>
  </section>`;
}

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { missing, type Act, type Field, type Values } from "./acts";
import type { Colleague } from "./saying";
import type { Texts } from "./texts/index";

/**
 * Asks once before an act and takes what it needs. `run` does the act and gives back what went wrong, or "". What was
 * typed stays until it is done or cancelled.
 */
export class VgDialog extends LitElement {
  @property({ attribute: false }) act: Act | null = null;
  @property({ attribute: false }) t!: Texts;
  @property({ attribute: false }) run!: (act: Act, body: Record<string, unknown>) => Promise<string>;
  @property({ attribute: false }) closed!: () => void;
  @state() private values: Values = {};
  @state() private problem = "";
  @state() private busy = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("act") || this.act === changed.get("act")) return;
    this.problem = "";
    this.values = Object.fromEntries((this.act?.fields ?? []).map((f) => [f.name, f.value ?? ""]));
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("act")) return;
    const dialog = this.querySelector("dialog");
    if (this.act !== null && dialog !== null && !dialog.open) {
      dialog.showModal();
      dialog.querySelector<HTMLElement>("textarea, select, input, [type=submit]")?.focus();
    }
  }

  protected override render(): TemplateResult | typeof nothing {
    const { act, t } = this;
    if (act === null) return nothing;
    const shown = act.fields.filter((f) => f.when === undefined || f.when(this.values));
    return html`<dialog class="ask" aria-labelledby="ask-title" @close=${() => this.closed()} @keydown=${this.onKey}>
      <form @submit=${this.submit} novalidate>
        <h2 id="ask-title">${act.title}</h2>
        <p class="soft">${act.ask}</p>
        ${act.beside ?? nothing}
        ${shown.map((field) => this.field(field))}
        <p class="problem" role="alert">${this.problem}</p>
        <div class="row end">
          <button type="button" @click=${() => this.querySelector("dialog")?.close()}>${t.cancel}</button>
          <button
            type="submit"
            class=${act.weighty ? "alarm" : "primary"}
            data-testid=${act.name === "resolve" ? "resolve-confirm" : "confirm"}
            ?disabled=${this.busy}
          >
            ${act.weighty ? act.title : t.confirm}
          </button>
        </div>
      </form>
    </dialog>`;
  }

  private field(field: Field): TemplateResult {
    const value = this.values[field.name] ?? "";
    const take = (event: Event): void => {
      const input = event.target as HTMLInputElement;
      this.values = { ...this.values, [field.name]: input.value };
      this.problem = "";
    };
    if (field.kind === "radio") {
      return html`<fieldset>
        <legend>${field.label}</legend>
        ${(field.options ?? []).map(
          (o) => html`<label class="inline"
            ><input type="radio" name=${field.name} value=${o.value} .checked=${o.value === value} data-testid="${field.name}-${o.value}" @change=${take} />${o.label}</label
          >`,
        )}
      </fieldset>`;
    }
    const id = `ask-${field.name}`;
    return html`<div class="field">
      <label for=${id}>${field.label}</label>
      ${field.kind === "area"
        ? html`<textarea id=${id} rows="3" .value=${value} data-testid=${field.testid ?? nothing} @input=${take}></textarea>
            ${this.colleagues(field, value)}`
        : field.kind === "choice"
          ? html`<select id=${id} .value=${value} data-testid=${field.testid ?? nothing} @change=${take}>
              ${value === "" ? html`<option value="">${this.t.choose}</option>` : nothing}
              ${(field.options ?? []).map((o) => html`<option value=${o.value} ?selected=${o.value === value}>${o.label}</option>`)}
            </select>`
          : html`<input
              id=${id}
              type=${field.kind === "when" ? "datetime-local" : "text"}
              inputmode=${field.kind === "money" ? "decimal" : "text"}
              autocomplete="off"
              .value=${value}
              data-testid=${field.testid ?? nothing}
              @input=${take}
            />`}
    </div>`;
  }

  /** Who can be mentioned, by what stands behind the last @. */
  private colleagues(field: Field, value: string): TemplateResult | typeof nothing {
    const typed = /[@＠]([^@＠\n]{0,30})$/.exec(value)?.[1]?.toLowerCase();
    const found = (field.mentions ?? []).filter((one) => typed === undefined || one.name.toLowerCase().includes(typed.trim())).slice(0, 6);
    if (found.length === 0) return nothing;
    const add = (one: Colleague): void => {
      const before = typed === undefined ? `${value}${value === "" || /\s$/.test(value) ? "" : " "}` : value.replace(/[@＠][^@＠\n]{0,30}$/, "");
      this.values = { ...this.values, [field.name]: `${before}@${one.name} ` };
      setTimeout(() => this.querySelector<HTMLElement>(`#ask-${field.name}`)?.focus());
    };
    return html`<div class="colleagues" role="group" aria-label=${this.t.mentionSomebody}>
      ${found.map((one) => html`<button type="button" class="small" data-testid="mention-add" @click=${() => add(one)}>@${one.name}</button>`)}
    </div>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    // The page's own keys must not act behind an open question.
    event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.querySelector("form")?.requestSubmit();
  };

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    void this.go();
  };

  private async go(): Promise<void> {
    const { act } = this;
    if (act === null || this.busy) return;
    const lacking = missing(act, this.values);
    if (lacking !== null) {
      this.problem = this.t.missing(lacking.label);
      this.querySelector<HTMLElement>(`#ask-${lacking.name}`)?.focus();
      return;
    }
    this.busy = true;
    this.problem = await this.run(act, act.body(this.values));
    this.busy = false;
    if (this.problem === "") this.querySelector("dialog")?.close();
  }
}

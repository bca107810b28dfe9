import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { Refused } from "../../../shared/http";
import type { Grade } from "../../../shared/wire";
import { wordsFor } from "../../api";
import type { Desk } from "../../desk";
import { texts } from "./texts";
import type { Both, Draft, Macro, Stock } from "./wire";

/** `<vg-macro-form>`: writes one macro in both languages, checked by the desk; what was typed stays until it is saved. */
export class VgMacroForm extends LitElement {
  @property({ attribute: false }) desk!: Desk;
  @property({ attribute: false }) stock!: Stock;
  @property({ attribute: false }) draft!: Draft;
  @property({ attribute: false }) changed!: (draft: Draft) => void;
  @property({ attribute: false }) saved!: (macro: Macro) => void;
  @property({ attribute: false }) discard!: (() => void) | null;
  @property({ attribute: false }) newer!: () => void;
  @state() private problem = "";
  @state() private stale = false;
  @state() private busy = false;
  @state() private preview: Both | null = null;
  private lastField = "macro-text-zh";

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("draft");
    if (before !== undefined && before.id !== this.draft.id) [this.problem, this.preview, this.stale] = ["", null, false];
  }

  protected override render(): TemplateResult {
    const { desk, draft, stock } = this;
    const t = texts[desk.locale];
    const off = !stock.may_edit;
    return html`<form class="macro-form" @submit=${(e: Event) => void this.save(e, draft.state)} novalidate>
      <div class="pair">${this.line("name", "zh", t.nameZh, off)} ${this.line("name", "en", t.nameEn, off)}</div>
      <div class="pair">${this.area("zh", t.textZh, off)} ${this.area("en", t.textEn, off)}</div>
      ${off ? nothing : this.variables(t.variables, t.byHand)}
      <div class="pair">${this.choices(off)}</div>
      ${this.grades(t.grades, off)} ${this.promise(off)}
      ${off
        ? nothing
        : html`<div class="field">
            <label for="macro-why">${t.why}</label>
            <input id="macro-why" data-testid="macro-why" maxlength="500" .value=${draft.why} @input=${(e: Event) => this.put({ why: (e.target as HTMLInputElement).value })} />
          </div>`}
      <p class="problem" role="alert" data-testid="macro-problem">${this.problem}${this.stale ? html` <button type="button" class="small" @click=${() => this.newer()}>${t.newer}</button>` : nothing}</p>
      ${off
        ? nothing
        : html`<div class="row end">
            ${this.discard === null ? nothing : html`<button type="button" data-testid="macro-discard" @click=${() => this.discard?.()}>${t.cancel}</button>`}
            ${draft.id === null
              ? nothing
              : html`<button type="button" data-testid="macro-retire" ?disabled=${this.busy} @click=${(e: Event) => void this.save(e, draft.state === "active" ? "retired" : "active")}>
                  ${draft.state === "active" ? t.retire : t.restore}
                </button>`}
            <button type="button" data-testid="macro-preview" ?disabled=${this.busy} @click=${() => void this.show()}>${t.preview}</button>
            <button type="submit" class="primary" data-testid="macro-save" ?disabled=${this.busy}>${this.busy ? t.saving : t.save}</button>
          </div>`}
      ${this.preview === null
        ? nothing
        : html`<section class="macro-preview" aria-label=${t.previewTitle} data-testid="macro-preview-text">
            <h3>${t.previewTitle}</h3>
            <p lang="zh-CN">${this.preview.zh}</p>
            <p lang="en">${this.preview.en}</p>
          </section>`}
    </form>`;
  }

  private put(part: Partial<Draft>): void {
    this.problem = "";
    this.changed({ ...this.draft, ...part });
  }

  private line(field: "name", locale: keyof Both, label: string, off: boolean): TemplateResult {
    const id = `macro-${field}-${locale}`;
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <input id=${id} data-testid=${id} lang=${locale} ?readonly=${off} .value=${this.draft[field][locale]}
        @input=${(e: Event) => this.put({ [field]: { ...this.draft[field], [locale]: (e.target as HTMLInputElement).value } })} />
    </div>`;
  }

  private area(locale: keyof Both, label: string, off: boolean): TemplateResult {
    const id = `macro-text-${locale}`;
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <textarea id=${id} data-testid=${id} rows="5" lang=${locale} ?readonly=${off} .value=${this.draft.text[locale]}
        @focus=${() => (this.lastField = id)}
        @input=${(e: Event) => this.put({ text: { ...this.draft.text, [locale]: (e.target as HTMLTextAreaElement).value } })}></textarea>
    </div>`;
  }

  private variables(label: string, byHand: string): TemplateResult {
    return html`<fieldset class="macro-variables">
      <legend>${label}</legend>
      ${this.stock.variables.map(
        (one) => html`<button type="button" class="small" title=${one.by_hand ? `${one.label} (${byHand})` : one.label} aria-label="{${one.name}}: ${one.label}"
          @click=${() => this.insert(`{${one.name}}`)}>{${one.name}}</button>`,
      )}
    </fieldset>`;
  }

  private insert(variable: string): void {
    const field = this.querySelector<HTMLTextAreaElement>(`#${this.lastField}`);
    if (field === null) return;
    field.setRangeText(variable, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
    field.focus();
  }

  private choices(off: boolean): TemplateResult {
    const { draft, stock } = this;
    const t = texts[this.desk.locale];
    return html`<div class="field">
        <label for="macro-topic">${t.topic}</label>
        <select id="macro-topic" data-testid="macro-topic" ?disabled=${off} @change=${(e: Event) => this.put({ topic: (e.target as HTMLSelectElement).value })}>
          ${stock.topics.map((one) => html`<option value=${one.value} ?selected=${one.value === draft.topic}>${one.label}</option>`)}
        </select>
      </div>
      <div class="field">
        <label for="macro-act">${t.act}</label>
        <select id="macro-act" data-testid="macro-act" ?disabled=${off} @change=${(e: Event) => this.put({ act: (e.target as HTMLSelectElement).value || null })}>
          <option value="" ?selected=${draft.act === null}>${t.noAct}</option>
          ${stock.acts.map((one) => html`<option value=${one.value} ?selected=${one.value === draft.act}>${one.label}</option>`)}
        </select>
      </div>`;
  }

  private grades(label: string, off: boolean): TemplateResult {
    const { grades } = this.draft;
    const flip = (grade: Grade): void => this.put({ grades: grades.includes(grade) ? grades.filter((one) => one !== grade) : [...grades, grade].sort() });
    return html`<fieldset>
      <legend>${label}</legend>
      ${this.stock.grades.map(
        (grade) => html`<label class="inline"><input type="checkbox" ?disabled=${off} .checked=${grades.includes(grade)} @change=${() => flip(grade)} />${grade} · ${this.desk.t.grades[grade]}</label>`,
      )}
    </fieldset>`;
  }

  private promise(off: boolean): TemplateResult {
    const t = texts[this.desk.locale];
    const take = (e: Event): void => {
      const { value } = e.target as HTMLInputElement;
      this.put({ promise_minutes: /^\d+$/.test(value.trim()) ? Number(value) : null });
    };
    return html`<div class="field">
      <label for="macro-promise">${t.promise}</label>
      <input id="macro-promise" class="short" inputmode="numeric" data-testid="macro-promise" aria-describedby="macro-promise-hint" ?readonly=${off} .value=${String(this.draft.promise_minutes ?? "")} @input=${take} />
      <p class="soft" id="macro-promise-hint">${t.promiseHint}</p>
    </div>`;
  }

  private async show(): Promise<void> {
    await this.ask(async () => {
      this.preview = await this.desk.api.post<Both>("/api/console/macros/preview", this.draft);
    });
  }

  private async save(event: Event, state: Draft["state"]): Promise<void> {
    event.preventDefault();
    const { draft, desk } = this;
    const path = draft.id === null ? "/api/console/macros" : `/api/console/macros/${encodeURIComponent(draft.id)}`;
    await this.ask(async () => {
      this.saved(await desk.api.post<Macro>(path, { ...draft, state }, draft.id === null ? "POST" : "PUT"));
      desk.say(texts[desk.locale].saved);
    });
  }

  private async ask(work: () => Promise<void>): Promise<void> {
    [this.busy, this.problem, this.stale] = [true, "", false];
    try {
      await work();
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
      this.stale = error instanceof Refused && error.code === "macro_changed";
    } finally {
      this.busy = false;
    }
  }
}

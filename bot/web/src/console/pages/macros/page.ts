import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { clockTime } from "../../../shared/times";
import { wordsFor } from "../../api";
import type { Desk } from "../../desk";
import { keep, recall } from "../../keep";
import { VgMacroForm } from "./form";
import { texts } from "./texts";
import { draftOf, matching, type Draft, type Macro, type Stock, type Version } from "./wire";
import "./page.css";

const KEPT = "macro-draft";

/** `<vg-macros>`: every macro, its two languages, its history; seniors change them. A draft survives a reload. */
export class VgMacros extends LitElement {
  @property({ attribute: false }) desk!: Desk;
  @state() private stock: Stock | null = null;
  @state() private draft: Draft | null = null;
  @state() private dirty = false;
  @state() private history: Version[] = [];
  @state() private query = "";
  @state() private retired = false;
  @state() private problem = "";
  private shownIn = "";

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const kept = recall(KEPT);
    if (kept === "") return;
    try {
      [this.draft, this.dirty] = [JSON.parse(kept) as Draft, true];
    } catch {
      keep(KEPT, "");
    }
  }

  protected override updated(): void {
    if (this.shownIn === this.desk.locale) return;
    this.shownIn = this.desk.locale;
    void this.read();
  }

  protected override render(): TemplateResult {
    const t = texts[this.desk.locale];
    const { stock } = this;
    return html`<div class="macros">
      <div class="head">
        <h2 class="page-title">${t.title}</h2>
        ${stock?.may_edit ? html`<button type="button" class="primary" data-testid="macro-add" @click=${() => this.turnTo(null)}>${t.add}</button>` : nothing}
      </div>
      <p class="soft">${stock !== null && !stock.may_edit ? t.readOnly : t.intro}</p>
      <p class="problem" role="alert" data-testid="macros-problem">${this.problem}</p>
      ${stock === null ? html`<p class="empty" role="status">${t.loading}</p>` : html`<div class="split">${this.list(stock)} ${this.editor(stock)}</div>`}
    </div>`;
  }

  private list(stock: Stock): TemplateResult {
    const t = texts[this.desk.locale];
    const found = matching(stock.macros, this.query, this.retired);
    return html`<section class="macro-list" aria-label=${t.title}>
      <div class="field">
        <label for="macro-search">${t.search}</label>
        <input id="macro-search" type="search" data-testid="macro-search" .value=${this.query} @input=${(e: Event) => (this.query = (e.target as HTMLInputElement).value)} />
      </div>
      <label class="inline"><input type="checkbox" .checked=${this.retired} @change=${(e: Event) => (this.retired = (e.target as HTMLInputElement).checked)} />${t.showRetired}</label>
      <ul>
        ${found.map(
          (one) => html`<li>
            <button type="button" data-testid="macro" data-macro=${one.id} aria-pressed=${this.draft?.id === one.id ? "true" : "false"} @click=${() => this.turnTo(one)}>
              <b>${one.name[this.desk.locale]}</b>
              <span class="soft">${one.grades.join(" ")}${one.promise_minutes === null ? "" : ` · ${t.promises(this.desk.minutesInWords(one.promise_minutes))}`}${one.state === "retired" ? ` · ${t.retired}` : ""}</span>
              <span class="text">${one.text[this.desk.locale]}</span>
            </button>
          </li>`,
        )}
      </ul>
      ${found.length === 0 ? html`<p class="empty" role="status">${t.none}</p>` : nothing}
    </section>`;
  }

  private editor(stock: Stock): TemplateResult {
    const t = texts[this.desk.locale];
    const { draft } = this;
    if (draft === null) return html`<p class="empty">${t.pick}</p>`;
    return html`<section class="macro-editor" aria-label=${draft.name[this.desk.locale] || t.add}>
      <vg-macro-form
        .desk=${this.desk}
        .stock=${stock}
        .draft=${draft}
        .changed=${(changed: Draft) => this.write(changed)}
        .saved=${(macro: Macro) => void this.take(macro)}
        .discard=${this.dirty ? () => this.forget() : null}
        .newer=${() => void this.read().then(() => this.forget())}
      ></vg-macro-form>
      ${this.history.length === 0 ? nothing : this.versions(stock)}
    </section>`;
  }

  private versions(stock: Stock): TemplateResult {
    const t = texts[this.desk.locale];
    const at = (one: Version): string => (one.at === null ? "" : `${one.at.slice(0, 10)} ${clockTime(one.at, this.desk.locale)}`);
    return html`<details class="macro-history" data-testid="macro-history">
      <summary>${t.history} (${this.history.length})</summary>
      <ol reversed>
        ${this.history.map(
          (one) => html`<li data-testid="macro-version">
            <p><b>${t.version(one.version)}</b> <span class="soft">${one.by === null ? t.shipped : t.by(one.by, at(one))}${one.state === "retired" ? ` · ${t.retired}` : ""}</span></p>
            ${one.why === "" ? nothing : html`<p>${one.why}</p>`}
            <p lang="zh-CN">${one.text.zh}</p>
            <p lang="en">${one.text.en}</p>
            ${stock.may_edit ? html`<button type="button" class="small" @click=${() => this.takeBack(one)}>${t.takeBack}</button>` : nothing}
          </li>`,
        )}
      </ol>
    </details>`;
  }

  private write(draft: Draft): void {
    [this.draft, this.dirty] = [draft, true];
    keep(KEPT, JSON.stringify(draft));
  }

  private takeBack(one: Version): void {
    if (this.draft === null) return;
    const { name, text, topic, grades, act, promise_minutes } = one;
    this.write({ ...this.draft, name, text, topic, grades, act, promise_minutes });
  }

  /** Back to what the desk has. */
  private forget(): void {
    keep(KEPT, "");
    this.dirty = false;
    this.turnTo(this.stock?.macros.find((one) => one.id === this.draft?.id) ?? undefined);
  }

  private turnTo(macro: Macro | null | undefined): void {
    if (this.dirty) {
      this.desk.complain(texts[this.desk.locale].discard);
      return;
    }
    [this.draft, this.history] = [macro === undefined ? null : draftOf(macro), []];
    if (macro != null) void this.readHistory(macro.id);
  }

  private async take(macro: Macro): Promise<void> {
    keep(KEPT, "");
    this.dirty = false;
    this.turnTo(macro);
    await this.read();
  }

  private async read(): Promise<void> {
    try {
      this.stock = await this.desk.api.get<Stock>("/api/console/macros");
      this.problem = "";
      if (this.draft?.id != null && this.history.length === 0) await this.readHistory(this.draft.id);
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
    }
  }

  private async readHistory(id: string): Promise<void> {
    try {
      const { versions } = await this.desk.api.get<{ versions: Version[] }>(`/api/console/macros/${encodeURIComponent(id)}/versions`);
      if (this.draft?.id === id) this.history = versions;
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
    }
  }
}

if (customElements.get("vg-macro-form") === undefined) {
  customElements.define("vg-macro-form", VgMacroForm);
  customElements.define("vg-macros", VgMacros);
}

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import type { Desk } from "./desk";
import { focusReply } from "./palette";
import { PROMISES } from "./talk-pane";
import { sayingTexts } from "./texts/saying";

/** Something that speaks against sending an answer as it is. */
export interface Concern {
  kind: string;
  key: string;
  refused: boolean;
  say: string;
  words: string;
  /** the span that the words name, where it is a time without a promise */
  minutes?: number;
}

export interface Asking {
  concerns: Concern[];
  reasonNeeded: boolean;
}

/** The promise that comes nearest to what was written, never a longer one: the timer rings no later than the words say. */
function nearest(minutes: number | undefined): number {
  return [...PROMISES].reverse().find((one) => one <= (minutes ?? 15)) ?? minutes ?? 15;
}

/** Everything that an agent should see before an answer goes out, in one window; what was typed stays. */
export class VgConcerns extends LitElement {
  @property({ attribute: false }) desk!: Desk;
  @property({ attribute: false }) asking: Asking | null = null;
  @state() private why = "";
  @state() private minutes = 15;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("asking") || this.asking === null) return;
    this.minutes = nearest(this.timed?.minutes);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("asking")) return;
    const dialog = this.querySelector("dialog");
    if (this.asking !== null && dialog !== null && !dialog.open) {
      dialog.showModal();
      dialog.querySelector<HTMLElement>("textarea, select, [data-testid=concerns-back]")?.focus();
    }
  }

  private get timed(): Concern | undefined {
    return this.asking?.concerns.find((one) => one.kind === "time");
  }

  /** It can go out: nothing is refused but a time that only lacks its clock. */
  private get sendable(): boolean {
    return this.asking?.concerns.every((one) => !one.refused || one.kind === "time") === true;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { asking, desk } = this;
    if (asking === null) return nothing;
    const words = sayingTexts[desk.locale];
    const shown = asking.concerns.filter((one) => !one.refused);
    const problem = desk.answer.problem;
    return html`<dialog class="ask concerns" aria-labelledby="concerns-title" data-testid="concerns" @close=${this.onClose} @keydown=${this.onKey}>
      <form @submit=${this.submit} novalidate>
        <h2 id="concerns-title">${words.concerns}</h2>
        ${this.group(words.refused, asking.concerns.filter((one) => one.refused))} ${this.group(words.shown, shown)}
        ${this.timed === undefined || !this.sendable ? nothing : this.promise(words.setPromise)}
        ${this.sendable && asking.reasonNeeded && shown.length > 0
          ? html`<div class="field">
              <label for="concerns-why">${words.whyAnyway}</label>
              <textarea id="concerns-why" rows="2" data-testid="concerns-why" .value=${this.why} @input=${(e: Event) => (this.why = (e.target as HTMLTextAreaElement).value)}></textarea>
            </div>`
          : nothing}
        <p class="problem" role="alert">${problem}</p>
        <div class="row end">
          <button type="button" data-testid="concerns-back" @click=${() => this.querySelector("dialog")?.close()}>${words.back}</button>
          ${this.sendable
            ? html`<button type="submit" class="primary" data-testid="concerns-send" ?disabled=${desk.answer.sending}>
                ${this.timed === undefined ? words.sendAnyway : words.promiseAndSend}
              </button>`
            : nothing}
        </div>
      </form>
    </dialog>`;
  }

  private group(title: string, concerns: Concern[]): TemplateResult | typeof nothing {
    if (concerns.length === 0) return nothing;
    return html`<h3>${title}</h3>
      <ul>
        ${concerns.map((one) => html`<li class=${one.refused ? "refused-one" : ""} data-testid="concern" data-kind=${one.kind}>${one.say}</li>`)}
      </ul>`;
  }

  private promise(label: string): TemplateResult {
    const { t } = this.desk;
    return html`<div class="field">
      <label for="concerns-promise">${label}</label>
      <select id="concerns-promise" data-testid="concerns-promise" @change=${(e: Event) => (this.minutes = Number((e.target as HTMLSelectElement).value))}>
        ${[...new Set([this.minutes, ...PROMISES])].sort((a, b) => a - b).map((m) => html`<option value=${m} ?selected=${m === this.minutes}>${m < 60 ? t.minutes(m) : t.hours(m / 60)}</option>`)}
      </select>
    </div>`;
  }

  private readonly onClose = (): void => {
    this.desk.answer.thinkAgain();
    this.why = "";
    setTimeout(focusReply);
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    // The page's own keys must not act behind an open question.
    event.stopPropagation();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.querySelector("form")?.requestSubmit();
  };

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    const { asking, desk } = this;
    if (asking === null || !this.sendable || desk.answer.sending) return;
    if (this.timed !== undefined) desk.answer.promises(this.minutes);
    const keys = asking.concerns.filter((one) => !one.refused).map((one) => one.key);
    void desk.answer.send({ keys, why: this.why });
  };
}

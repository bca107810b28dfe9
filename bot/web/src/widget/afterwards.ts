import { html, nothing, type TemplateResult } from "lit";
import { Refused } from "../shared/http";
import type { Chat } from "./chat";
import type { Texts } from "./texts";

const STARS = [1, 2, 3, 4, 5];

/** What may follow a routine chat, for those who open it: a rating, the transcript by mail. Nothing is asked by itself. */
export class Afterwards {
  private open: "rating" | "transcript" | null = null;
  private stars = 0;
  private text = "";
  private told = "";
  private wrong = false;
  private busy = false;

  constructor(
    private readonly chat: Chat,
    private readonly changed: () => void,
  ) {}

  view(t: Texts): TemplateResult | typeof nothing {
    const offered = this.chat.afterwards;
    const note = this.told === "" ? nothing : html`<p class=${this.wrong ? "hint problem" : "hint"} data-testid="after-told">${this.told}</p>`;
    if (offered === null) return this.told === "" ? nothing : html`<div class="after" role="status">${note}</div>`;
    const toggle = (which: "rating" | "transcript", label: string): TemplateResult =>
      html`<button type="button" class="quiet" data-testid=${`after-${which}`} aria-expanded=${this.open === which} @click=${() => this.show(which)}>${label}</button>`;
    return html`<div class="after">
      <div role="status">${note}</div>
      ${offered.rating ? toggle("rating", t.rate) : nothing} ${offered.transcript ? toggle("transcript", t.transcript) : nothing}
      ${this.open === "rating" && offered.rating ? this.rating(t) : nothing}
      ${this.open === "transcript" && offered.transcript ? this.transcript(t) : nothing}
    </div>`;
  }

  private rating(t: Texts): TemplateResult {
    return html`<fieldset data-testid="rating">
      <legend>${t.rateHow}</legend>
      <div class="stars">
        ${STARS.map(
          (n) => html`<label class=${n <= this.stars ? "on" : ""}
            ><input type="radio" name="stars" .checked=${this.stars === n} aria-label=${t.star(n)} @change=${() => this.set(() => (this.stars = n))} /><span aria-hidden="true">&#9733;</span></label
          >`,
        )}
      </div>
      <textarea rows="2" maxlength="1000" aria-label=${t.rateWords} placeholder=${t.rateWords} .value=${this.text} @input=${this.onText}></textarea>
      <button type="button" data-testid="rating-send" ?disabled=${this.stars === 0 || this.busy} @click=${() => this.send("rating", { stars: this.stars, words: this.text || null }, t.rated, t)}>
        ${t.send}
      </button>
    </fieldset>`;
  }

  private transcript(t: Texts): TemplateResult {
    return html`<fieldset data-testid="transcript">
      <legend>${t.transcriptWhere}</legend>
      <input type="email" autocomplete="email" maxlength="254" aria-label=${t.email} placeholder=${t.email} .value=${this.text} @input=${this.onText} />
      <button type="button" data-testid="transcript-send" ?disabled=${this.text.trim() === "" || this.busy} @click=${() => this.send("transcript", { email: this.text.trim() }, t.transcriptOwed, t)}>
        ${t.send}
      </button>
    </fieldset>`;
  }

  private show(which: "rating" | "transcript"): void {
    this.set(() => {
      this.open = this.open === which ? null : which;
      [this.text, this.told, this.wrong] = ["", "", false];
    });
  }

  private readonly onText = (event: Event): void => {
    this.set(() => (this.text = (event.target as HTMLInputElement).value));
  };

  private send(path: string, body: unknown, done: string, t: Texts): void {
    this.set(() => (this.busy = true));
    this.chat
      .post(path, body)
      .then(() => this.set(() => ([this.told, this.wrong, this.open, this.text] = [done, false, null, ""])))
      .catch((error: unknown) => this.set(() => ([this.told, this.wrong] = [error instanceof Refused && error.message !== "" ? error.message : t.afterFailed, true])))
      .finally(() => this.set(() => (this.busy = false)));
  }

  private set(change: () => unknown): void {
    change();
    this.changed();
  }
}

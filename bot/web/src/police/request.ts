import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { setDeskTime } from "../console/ticker";
import { Again } from "../shared/again";
import { Refused } from "../shared/http";
import { newId } from "../shared/random";
import { sends } from "../shared/keys";
import { clockTime } from "../shared/times";
import type { Locale, Message } from "../shared/wire";
import { api, download, type Format, type Status } from "./api";
import { texts, type Texts } from "./texts";

const EVERY_MS = 4_000;

/** `<police-request>`: how one's own request stands, the data once it is released, and a line to the liaison. */
export class PoliceRequest extends LitElement {
  @property() locale: Locale = "en";
  @property() token = "";
  @property({ attribute: false }) status: Status | null = null;
  @property({ attribute: false }) another!: () => void;
  @state() private messages: Message[] = [];
  @state() private problem = "";
  @state() private lost = false;
  @state() private notice = "";
  @state() private copied = "";
  @state() private busy = false;
  @state() private text = "";
  private sending = "";
  private readonly again = new Again(this, EVERY_MS, () => this.look());

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  private get t(): Texts {
    return texts[this.locale];
  }

  /** Whether there is anything to look at again: a link that opens nothing never will. */
  private async look(): Promise<boolean> {
    try {
      // One after the other: a link that opens nothing is told in the words of this page, not in the chat's.
      const status = await api.status(this.locale, this.token);
      const found = await api.messages(this.locale, this.token, this.messages.at(-1)?.seq ?? 0);
      setDeskTime(status.now);
      this.status = status;
      this.messages = [...this.messages, ...found.messages.filter((one) => !this.messages.some((known) => known.id === one.id))];
      [this.problem, this.lost] = ["", false];
    } catch (error) {
      this.lost = error instanceof Refused && error.status === 401;
      this.problem = error instanceof Refused ? error.message : this.t.unreachable;
    }
    return !this.lost;
  }

  protected override render(): TemplateResult {
    const { t, status } = this;
    if (status === null || this.lost) {
      return html`<p class=${this.problem === "" ? "" : "problem"} role="status" data-testid="request-problem">${this.problem || t.loading}</p>
        ${this.lost ? html`<button type="button" class="primary" @click=${() => this.another()}>${t.another}</button>` : nothing}`;
    }
    return html`<section class="card ${status.state}" aria-labelledby="yours">
        <h2 id="yours">${t.yours}</h2>
        <p class="reference"><small>${t.referenceIs}</small> <b data-testid="request-reference">${status.reference}</b></p>
        <p class="state" data-testid="state">
          ${t.states[status.state] ?? status.state}
          ${status.due_at === null ? nothing : html`<vg-clock data-testid="clock" due=${status.due_at} words=${t.answerBy} late=${t.overdue}></vg-clock>`}
        </p>
        <ul class="says" aria-live="polite">
          ${status.says.map((words) => html`<li>${words}</li>`)}
        </ul>
        ${this.refusal(status)}
        <p class="soft">${t.filedAt} ${clockTime(status.filed_at, this.locale)}</p>
        ${status.state === "received" || status.state === "not_verified" ? html`<p><b>${t.tellStation}</b></p>` : nothing}
        <p class="soft">${t.keepLink}</p>
        <p><button type="button" @click=${() => void this.copy()}>${t.copyLink}</button> <span role="status">${this.copied}</span></p>
      </section>
      ${this.files(status)} ${this.thread()}
      <p class="problem" role="alert" data-testid="request-problem">${this.problem}</p>
      <p><button type="button" @click=${() => this.another()}>${t.another}</button></p>`;
  }

  private refusal(status: Status): TemplateResult | typeof nothing {
    if (status.refusal === null) return nothing;
    return html`<dl data-testid="refusal">
      <dt>${this.t.refusedBecause}</dt>
      <dd>${status.refusal.reason}</dd>
      <dt>${this.t.regulator}</dt>
      <dd>${status.refusal.regulator}</dd>
    </dl>`;
  }

  private files(status: Status): TemplateResult | typeof nothing {
    const { t } = this;
    if (status.pack === null) return nothing;
    return html`<section class="card" aria-labelledby="files">
      <h2 id="files">${t.files}</h2>
      <p>${status.pack.open ? t.until(clockTime(status.pack.until, this.locale)) : t.over}</p>
      ${status.pack.open
        ? html`<p class="row">
            <button type="button" class="primary" data-testid="get-pdf" ?disabled=${this.busy} @click=${() => void this.fetch("pdf")}>${t.pdf}</button>
            <button type="button" data-testid="get-json" ?disabled=${this.busy} @click=${() => void this.fetch("json")}>${t.json}</button>
          </p>`
        : nothing}
      <p role="status" data-testid="fetched">${this.notice}</p>
    </section>`;
  }

  private thread(): TemplateResult {
    const { t } = this;
    return html`<section class="card" aria-labelledby="messages">
      <h2 id="messages">${t.messages}</h2>
      <ol class="thread" aria-live="polite">
        ${this.messages.map(
          (one) => html`<li class=${one.author} data-testid="message"><small>${one.author_name ?? t.authors[one.author] ?? ""} ${clockTime(one.at, this.locale)}</small><p>${one.text}</p></li>`,
        )}
      </ol>
      <form class="row" @submit=${this.write}>
        <div class="field">
          <label for="say">${t.write}</label>
          <textarea
            id="say"
            rows="2"
            maxlength="4000"
            data-testid="say"
            .value=${this.text}
            @input=${(event: Event) => {
              this.text = (event.target as HTMLTextAreaElement).value;
              this.sending = "";
            }}
            @keydown=${(event: KeyboardEvent) => {
              if (sends(event)) this.write(event);
            }}
          ></textarea>
        </div>
        <button type="submit" data-testid="say-send">${t.sendMessage}</button>
      </form>
    </section>`;
  }

  private readonly write = (event: Event): void => {
    event.preventDefault();
    void this.say();
  };

  private async say(): Promise<void> {
    const text = this.text.trim();
    if (text === "") return;
    // Sent again after a failure it keeps its id, so that it cannot arrive twice.
    this.sending ||= newId();
    try {
      await api.say(this.locale, this.token, { client_id: this.sending, text });
      [this.text, this.sending] = ["", ""];
      await this.again.now();
    } catch (error) {
      this.problem = error instanceof Refused ? error.message : this.t.unreachable;
    }
  }

  private async fetch(format: Format): Promise<void> {
    [this.busy, this.notice, this.problem] = [true, this.t.fetching, ""];
    try {
      const { link } = await api.link(this.locale, this.token, format);
      const words = await download(this.locale, link, this.t.unreachable);
      [this.problem, this.notice] = [words, words === "" ? this.t.fetched : ""];
    } catch (error) {
      this.problem = error instanceof Refused ? error.message : this.t.unreachable;
      this.notice = "";
    } finally {
      this.busy = false;
    }
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.copied = this.t.copied;
    } catch {
      this.copied = location.href;
    }
  }
}

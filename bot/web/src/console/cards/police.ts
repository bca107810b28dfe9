import "./police.css";
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { keyed } from "lit/directives/keyed.js";
import { clockTime } from "../../shared/times";
import { wordsFor } from "../api";
import type { Desk } from "../desk";
import { fact } from "../fact";
import { plain } from "../plain";
import type { Detail } from "../wire";
import { callForm, factsForm, type FormHost } from "./police-forms";
import { policeTexts, type PoliceTexts } from "./police-texts";
import type { PoliceFull } from "./police-wire";

type Asked = "danger" | "withdraw" | "refuse";

/** The police requests of a case, each with what is to be done next. */
export function policeCards(detail: Detail, desk: Desk): TemplateResult | typeof nothing {
  if (detail.police == null) return nothing;
  return html`${detail.police.map((one) => keyed(one.id, html`<vg-police .desk=${desk} .given=${one} .changed=${() => void desk.refreshDetail()}></vg-police>`))}`;
}

/** `<vg-police>`: one request: who asks for what, the call-back, the release. What is typed stays while it is on the screen. */
export class VgPolice extends LitElement implements FormHost {
  @property({ attribute: false }) desk!: Desk;
  @property({ attribute: false }) given!: PoliceFull;
  @property({ attribute: false }) changed: () => void = () => undefined;
  @state() values: Record<string, string> = {};
  @state() ticked = false;
  @state() cities: { city: string; name: string }[] = [];
  @state() busy = false;
  @state() private asked: Asked | null = null;
  @state() private pack: Record<string, unknown> | null = null;
  @state() private address = "";
  @state() private problem = "";

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  get words(): PoliceTexts {
    return policeTexts[this.desk.locale];
  }

  protected override render(): TemplateResult {
    const { given, words, desk } = this;
    const waits = given.due_at !== null;
    return html`<section class="card case ${waits ? (given.danger ? "S0" : "S1") : ""}" data-testid="police-card" data-state=${given.state}>
      <h2>
        ${words.title} <span data-testid="police-reference">${given.reference}</span> <span class="soft" data-testid="police-state">${words.states[given.state] ?? given.state}</span>
      </h2>
      <p class="buttons">
        ${given.danger ? html`<span class="badge danger">${words.danger}</span>` : nothing}
        ${given.number > 1 ? html`<span class="badge" data-testid="police-number">${words.again(given.number)}</span>` : nothing}
        ${given.due_at === null ? nothing : html`<vg-clock data-testid="police-clock" due=${given.due_at} words=${words.due} late=${words.late}></vg-clock>`}
      </p>
      ${given.refusal_asked_at !== null && waits ? html`<p class="warn">${words.refusalAsked}</p>` : nothing}
      <dl>
        ${Object.entries(words.facts).map(([name, label]) => fact(label, this.shown(name), `police-${name}`))} ${fact(words.city, given.city)}
        ${fact(words.needs, given.needs.map((need) => words.needNames[need] ?? need).join(", "))}
        ${fact(words.trip, given.trip_found ? words.tripFound : html`<span class="warn">${words.tripMissing}</span>`, "police-trip")}
        ${fact(words.filed, clockTime(given.filed_at, desk.locale))}
      </dl>
      ${this.may("facts") ? factsForm(this) : nothing} ${this.may("check") ? callForm(this) : nothing} ${this.calls()} ${this.release()} ${this.weighty()}
      <p class="problem" role="alert" data-testid="police-problem">${this.problem}</p>
    </section>`;
  }

  private shown(name: string): string {
    const value = this.given.facts[name] ?? "";
    return name === "happened_at" && value !== "" ? clockTime(value, this.desk.locale) : value;
  }

  private may(act: string): boolean {
    return this.given.allowed.includes(act);
  }

  private calls(): TemplateResult | typeof nothing {
    const { given, words, desk } = this;
    if (given.checks.length === 0) return nothing;
    return html`<h3>${words.calls}</h3>
      <ul class="calls">
        ${given.checks.map(
          (one) => html`<li data-testid="police-check">
            ${clockTime(one.at, desk.locale)} · <b>${words.outcomes[one.outcome] ?? one.outcome}</b> · ${[one.number, one.answered_by, one.source, one.note, one.name].filter(Boolean).join(" · ")}
          </li>`,
        )}
      </ul>`;
  }

  private release(): TemplateResult {
    const { given, words, desk } = this;
    const made = given.release;
    const label = given.alone ? words.releaseAlone : made?.state === "proposed" ? words.second(made.proposed_by) : words.propose;
    const waits = given.due_at !== null;
    return html`<h3>${words.released}</h3>
      ${waits ? html`<p class="soft">${given.alone ? words.aloneNote : words.twoNote}</p>` : nothing}
      ${made === null ? nothing : html`<p data-testid="police-release">${this.history(made)}</p>`}
      ${waits && !this.may("release") ? html`<p class="soft" data-testid="police-why-not">${given.forbidden_because.release ?? ""}</p>` : nothing}
      <p class="buttons">
        ${this.may("preview")
          ? html`<button type="button" data-testid="police-preview" ?disabled=${this.busy} @click=${() => void this.preview()}>${words.preview}</button>
              <a href="/api/console/police/requests/${given.id}/preview.pdf" target="_blank" rel="noopener">${words.previewPdf}</a>`
          : nothing}
        ${this.may("release")
          ? html`<button type="button" class="primary" data-testid="police-do-release" ?disabled=${this.busy} @click=${() => void this.act("release", {})}>${label}</button>`
          : nothing}
        ${this.may("link") ? html`<button type="button" data-testid="police-link" @click=${() => void this.link()}>${words.link}</button>` : nothing}
      </p>
      ${this.address === "" ? nothing : html`<p class="soft">${words.linkNote} <code data-testid="police-address">${this.address}</code></p>`}
      ${this.pack === null ? nothing : html`<div class="pack" tabindex="0" role="group" aria-label=${words.preview} data-testid="police-pack"><dl>${this.shownPack(this.pack, desk)}</dl></div>`}`;
  }

  private history(made: NonNullable<PoliceFull["release"]>): string {
    const { words, desk } = this;
    const alone = made.released_by === made.proposed_by;
    const said = alone ? [] : [words.proposedBy(made.proposed_by, clockTime(made.proposed_at, desk.locale))];
    if (made.released_by !== null && made.released_at !== null) said.push(words.releasedBy(made.released_by, clockTime(made.released_at, desk.locale)));
    return [...said, ...made.downloads.map((one) => words.downloaded(one.format, clockTime(one.at, desk.locale)))].join(" · ");
  }

  /** Points of a route are counted, not listed: they stand in the PDF and on the map. */
  private shownPack(pack: Record<string, unknown>, desk: Desk): unknown {
    const short = (value: unknown): unknown => (Array.isArray(value) && value.length > 6 ? String(value.length) : value);
    const held = (value: unknown): unknown =>
      value !== null && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).map(([key, part]) => [key, short(part)])) : short(value);
    return (pack.sections as string[]).map((name) => fact(this.words.needNames[name] ?? name, plain(held(pack[name]), desk.locale)));
  }

  private weighty(): TemplateResult {
    const { words } = this;
    const offered = (["danger", "withdraw", "refuse"] as const).filter((one) => this.may(one));
    if (this.asked === null) {
      return html`<p class="buttons">
        ${offered.map((one) => html`<button type="button" class="small" data-testid="police-${one}" @click=${() => (this.asked = one)}>${words.acts[one]}</button>`)}
      </p>`;
    }
    const asked = this.asked;
    return html`<form @submit=${(event: Event) => this.give(event, asked)} @keydown=${(event: Event) => event.stopPropagation()}>
      <div class="field">
        <label for="why-${this.given.id}">${words.acts[asked]}: ${words.reason}</label>
        <textarea id="why-${this.given.id}" rows="2" data-testid="police-reason" .value=${this.value("reason")} @input=${(event: Event) => this.take("reason", event)}></textarea>
      </div>
      ${asked === "refuse" ? html`<p class="soft">${words.refuseNote(this.given.regulator)}</p>` : nothing}
      <p class="buttons">
        <button type="submit" class=${asked === "refuse" ? "alarm" : "primary"} data-testid="police-confirm" ?disabled=${this.busy}>${words.confirm}</button>
        <button type="button" @click=${() => (this.asked = null)}>${words.cancel}</button>
      </p>
    </form>`;
  }

  private give(event: Event, asked: Asked): void {
    event.preventDefault();
    void this.act(asked, { reason: this.value("reason") }).then((ok) => {
      if (ok) [this.asked, this.values] = [null, { ...this.values, reason: "" }];
    });
  }

  value(name: string): string {
    return this.values[name] ?? "";
  }

  take(name: string, event: Event): void {
    this.values = { ...this.values, [name]: (event.target as HTMLInputElement).value };
    this.problem = "";
  }

  loadCities(): void {
    if (this.cities.length > 0) return;
    this.desk.api.get<{ cities: { city: string; name: string }[] }>("/api/police/form").then(
      ({ cities }) => (this.cities = cities),
      (error: unknown) => (this.problem = wordsFor(error, this.desk.t)),
    );
  }

  /** Does an act on the request; returns whether it is done. The words of a refusal stay on the card. */
  async act(path: string, body: unknown): Promise<boolean> {
    [this.busy, this.problem] = [true, ""];
    try {
      this.given = await this.desk.api.post<PoliceFull>(`/api/console/police/requests/${this.given.id}/${path}`, body);
      this.pack = null;
      this.desk.say(this.words.done);
      this.changed();
      return true;
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
      return false;
    } finally {
      this.busy = false;
    }
  }

  private async preview(): Promise<void> {
    [this.busy, this.problem] = [true, ""];
    try {
      this.pack = await this.desk.api.get(`/api/console/police/requests/${this.given.id}/preview`);
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
    } finally {
      this.busy = false;
    }
  }

  private async link(): Promise<void> {
    try {
      const made = await this.desk.api.post<{ address: string }>(`/api/console/police/requests/${this.given.id}/link`, { format: "pdf" });
      this.address = made.address;
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
    }
  }
}

if (customElements.get("vg-police") === undefined) customElements.define("vg-police", VgPolice);

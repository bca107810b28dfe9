import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { Refused } from "../shared/http";
import { newId } from "../shared/random";
import type { Locale } from "../shared/wire";
import { api, type Offered, type Status } from "./api";
import { texts, type Texts } from "./texts";

const DRAFT = "vigil:police:draft";
const NEEDS = ["trip", "driver", "vehicle", "route", "positions", "contacts"] as const;
const FACTS = ["plate", "order", "person_phone", "passenger", "note", "reference"];
const OTHER = "other";

interface Draft {
  client_id: string;
  values: Record<string, string>;
  needs: string[];
  danger: boolean;
}

function fresh(): Draft {
  return { client_id: newId(), values: {}, needs: [...NEEDS], danger: false };
}

/** What was typed before a reload or a failed sending; it leaves with the tab. */
function recalled(): Draft {
  try {
    return { ...fresh(), ...(JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}") as Partial<Draft>) };
  } catch {
    return fresh();
  }
}

/** `<police-form>`: what an officer fills in. Gives the filed request to `filed`. */
export class PoliceForm extends LitElement {
  @property() locale: Locale = "en";
  @property({ attribute: false }) filed!: (status: Status, token: string) => void;
  @state() private draft = recalled();
  @state() private offered: Offered | null = null;
  @state() private problem = "";
  @state() private wrong = new Set<string>();
  @state() private busy = false;
  private asked: Locale | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(): void {
    if (this.asked === this.locale) return;
    this.asked = this.locale;
    // Without the list the city is typed: nothing of ours may stand between an officer and the desk.
    api.offered(this.locale).then(
      (offered) => (this.offered = offered),
      () => undefined,
    );
  }

  private get t(): Texts {
    return texts[this.locale];
  }

  protected override render(): TemplateResult {
    const { t } = this;
    return html`<form novalidate @submit=${this.submit} aria-label=${t.title}>
      <fieldset class="danger">
        <legend>${t.dangerLegend}</legend>
        <label class="tick"
          ><input type="checkbox" data-testid="danger" aria-describedby="danger-note" .checked=${this.draft.danger} @change=${this.tickDanger} />
          <span>${t.danger}</span></label
        >
        <p id="danger-note" class="soft">${t.dangerNote}</p>
      </fieldset>
      <fieldset>
        <legend>${t.you}</legend>
        ${this.line("unit", t.unit, { required: true, complete: "organization" })}
        ${this.line("officer", t.officer, { required: true, complete: "name" })} ${this.line("badge", t.badge)}
        ${this.line("phone", t.phone, { required: true, kind: "tel", complete: "tel" })} ${this.city()}
      </fieldset>
      <fieldset>
        <legend>${t.needs}</legend>
        <div class="ticks">
          ${NEEDS.map(
            (need) => html`<label class="tick"
              ><input type="checkbox" data-testid="need-${need}" .checked=${this.draft.needs.includes(need)} @change=${(event: Event) => this.tickNeed(need, event)} />
              <span>${t.needNames[need]}</span></label
            >`,
          )}
        </div>
      </fieldset>
      <fieldset>
        <legend>${t.about}</legend>
        <p class="soft">${t.aboutNote}</p>
        ${this.line("plate", t.plate)} ${this.line("happened_at", t.happenedAt, { kind: "datetime-local" })} ${this.line("order", t.order)}
        ${this.line("person_phone", t.personPhone, { kind: "tel" })} ${this.line("passenger", t.passenger)}
        <div class="field">
          <label for="f-note">${t.note}</label>
          <textarea id="f-note" rows="4" maxlength="2000" data-testid="note" .value=${this.value("note")} @input=${(event: Event) => this.take("note", event)}></textarea>
        </div>
        ${this.line("reference", t.reference, { note: t.referenceNote })}
      </fieldset>
      <p class="problem" role="alert" data-testid="problem">${this.problem}</p>
      <button class="primary" type="submit" data-testid="send" ?disabled=${this.busy}>${this.busy ? t.sending : t.send}</button>
    </form>`;
  }

  private value(name: string): string {
    return this.draft.values[name] ?? "";
  }

  private line(name: string, label: string, more: { required?: boolean; kind?: string; complete?: string; note?: string } = {}): TemplateResult {
    const note = more.note === undefined ? undefined : `n-${name}`;
    return html`<div class="field">
      <label for="f-${name}">${label}${more.required === true ? nothing : html` <small>(${this.t.optional})</small>`}</label>
      <input
        id="f-${name}"
        data-testid=${name}
        type=${more.kind ?? "text"}
        maxlength="200"
        autocomplete=${more.complete ?? "off"}
        aria-required=${more.required === true ? "true" : nothing}
        aria-invalid=${this.wrong.has(name) ? "true" : nothing}
        aria-describedby=${note ?? nothing}
        .value=${this.value(name)}
        @input=${(event: Event) => this.take(name, event)}
      />
      ${note === undefined ? nothing : html`<small id=${note}>${more.note}</small>`}
    </div>`;
  }

  private city(): TemplateResult {
    const { t } = this;
    const chosen = this.value("city");
    const typed = html`${this.line("other_city", t.whichCity, { required: true })}`;
    if (this.offered === null) return typed;
    return html`<div class="field">
        <label for="f-city">${t.city}</label>
        <select
          id="f-city"
          data-testid="city"
          aria-required="true"
          aria-invalid=${this.wrong.has("city") ? "true" : nothing}
          .value=${chosen}
          @change=${(event: Event) => this.take("city", event)}
        >
          <option value="">${t.choose}</option>
          ${this.offered.cities.map((one) => html`<option value=${one.city} ?selected=${one.city === chosen}>${one.name}</option>`)}
          <option value=${OTHER} ?selected=${chosen === OTHER}>${t.otherCity}</option>
        </select>
      </div>
      ${chosen === OTHER ? typed : nothing}`;
  }

  private keep(change: Partial<Draft>): void {
    this.draft = { ...this.draft, ...change };
    sessionStorage.setItem(DRAFT, JSON.stringify(this.draft));
    this.problem = "";
  }

  private take(name: string, event: Event): void {
    const { value } = event.target as HTMLInputElement;
    this.wrong.delete(name);
    this.keep({ values: { ...this.draft.values, [name]: value } });
  }

  private readonly tickDanger = (event: Event): void => {
    this.keep({ danger: (event.target as HTMLInputElement).checked });
  };

  private tickNeed(need: string, event: Event): void {
    const on = (event.target as HTMLInputElement).checked;
    this.keep({ needs: NEEDS.filter((one) => (one === need ? on : this.draft.needs.includes(one))) });
  }

  /** The labels of what must be filled in and is not, by field. */
  private lacking(): [string, string][] {
    const { t } = this;
    const city = this.offered === null || this.value("city") === OTHER ? ["other_city", t.whichCity] : ["city", t.city];
    const must = [["unit", t.unit], ["officer", t.officer], ["phone", t.phone], city] as [string, string][];
    return must.filter(([name]) => this.value(name).trim() === "");
  }

  private body(): Record<string, unknown> {
    const { city, happened_at: at, ...values } = this.draft.values;
    const time = at === undefined || at === "" ? {} : { happened_at: new Date(at).toISOString() };
    const { client_id, needs, danger } = this.draft;
    return { ...values, ...time, client_id, needs, danger, city: this.offered === null ? OTHER : (city ?? "") };
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    void this.send();
  };

  private async send(): Promise<void> {
    const { t } = this;
    const lacking = this.lacking();
    const without = !this.draft.danger && FACTS.every((name) => this.value(name).trim() === "");
    if (lacking.length > 0) {
      const labels = lacking.map(([, label]) => label).join(this.locale === "zh" ? "、" : ", ");
      this.explain(t.missing + labels, lacking.map(([name]) => name));
      return;
    }
    if (this.draft.needs.length === 0 || without) {
      this.explain(without ? t.oneFact : t.oneNeed, without ? ["plate"] : []);
      return;
    }
    this.busy = true;
    this.problem = "";
    try {
      const { token, ...status } = await api.file(this.locale, this.body());
      sessionStorage.removeItem(DRAFT);
      this.draft = fresh();
      this.filed(status, token);
    } catch (error) {
      const fields = error instanceof Refused ? (error.details as { fields?: string[] } | null)?.fields : undefined;
      this.explain(error instanceof Refused && error.message !== "" ? error.message : t.unreachable, fields ?? []);
    } finally {
      this.busy = false;
    }
  }

  private explain(words: string, fields: string[]): void {
    this.problem = words;
    this.wrong = new Set(fields);
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(`#f-${fields[0] ?? "none"}`)?.focus());
  }
}

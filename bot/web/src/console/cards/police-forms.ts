import { html, nothing, type TemplateResult } from "lit";
import type { PoliceTexts } from "./police-texts";
import type { PoliceFull } from "./police-wire";

/** What the forms of a police request need of the card that holds them. */
export interface FormHost {
  given: PoliceFull;
  readonly words: PoliceTexts;
  values: Record<string, string>;
  ticked: boolean;
  cities: { city: string; name: string }[];
  busy: boolean;
  value(name: string): string;
  take(name: string, event: Event): void;
  loadCities(): void;
  act(path: string, body: unknown): Promise<boolean>;
}

const OUTCOMES = ["confirmed", "not_known", "no_answer"] as const;
const CORRECTED = ["plate", "order", "person_phone", "passenger", "unit", "officer", "badge", "phone"];

const still = (event: Event): void => event.stopPropagation();

function line(host: FormHost, name: string, label: string, value = host.value(name)): TemplateResult {
  const id = `police-${name}-${host.given.id}`;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} autocomplete="off" data-testid="police-in-${name}" .value=${value} @input=${(event: Event) => host.take(name, event)} />
  </div>`;
}

/** Records a call-back: which listed number, who answered, what came of it. */
export function callForm(host: FormHost): TemplateResult {
  const { given, words } = host;
  const number = host.value("number") || (given.numbers[0]?.number ?? "");
  const outcome = host.value("outcome");
  const submit = (event: Event): void => {
    event.preventDefault();
    const body = {
      number, outcome, answered_by: host.value("answered_by"), source: host.value("source"), note: host.value("note"), reference_confirmed: host.ticked,
    };
    void host.act("check", outcome === "" ? { ...body, outcome: "no_answer" } : body).then((ok) => {
      if (ok) [host.values, host.ticked] = [{}, false];
    });
  };
  return html`<h3>${words.call}</h3>
    <p class="soft">${words.callNote}</p>
    <form @submit=${submit} @keydown=${still}>
      ${given.numbers.length === 0
        ? html`<p class="warn">${words.noNumbers}</p>
            ${line(host, "number", words.number)} ${line(host, "source", words.source)}`
        : html`<fieldset>
            <legend>${words.number}</legend>
            ${given.numbers.map(
              (one) => html`<label class="choice"
                ><input type="radio" name="number-${given.id}" value=${one.number} .checked=${one.number === number} @change=${(event: Event) => host.take("number", event)} />
                <span
                  ><b class="called" data-testid="police-listed">${one.number}</b> ${one.name}<br /><small class="soft"
                    >${words.kinds[one.kind] ?? one.kind} · ${one.verified_on === null ? words.unchecked : words.checkedOn(one.verified_on)}</small
                  ></span
                ></label
              >`,
            )}
          </fieldset>`}
      <fieldset>
        <legend>${words.outcome}</legend>
        ${OUTCOMES.map(
          (one) => html`<label class="choice"
            ><input type="radio" name="outcome-${given.id}" value=${one} data-testid="police-outcome-${one}" .checked=${outcome === one} @change=${(event: Event) => host.take("outcome", event)} />
            <span>${words.outcomes[one]}</span></label
          >`,
        )}
      </fieldset>
      ${line(host, "answered_by", words.answeredBy)}
      ${outcome === "confirmed"
        ? html`<label class="choice"
            ><input type="checkbox" data-testid="police-tie" .checked=${host.ticked} @change=${(event: Event) => (host.ticked = (event.target as HTMLInputElement).checked)} />
            <span>${words.tie(given.reference)}</span></label
          >`
        : nothing}
      <p><button type="submit" class="primary" data-testid="police-record" ?disabled=${host.busy || outcome === ""}>${words.record}</button></p>
    </form>`;
}

/** Adds or corrects what is known: the city decides the numbers to call, the rest finds the trip. */
export function factsForm(host: FormHost): TemplateResult {
  const { given, words } = host;
  const submit = (event: Event): void => {
    event.preventDefault();
    const told = Object.fromEntries([...CORRECTED, "city"].flatMap((name) => (`fact-${name}` in host.values ? [[name, host.value(`fact-${name}`)]] : [])));
    void host.act("facts", told).then((ok) => {
      if (ok) host.values = {};
    });
  };
  return html`<details @toggle=${() => host.loadCities()} ?open=${given.city_slug === "" || !given.trip_found}>
    <summary data-testid="police-change">${words.change}</summary>
    <form @submit=${submit} @keydown=${still}>
      <div class="field">
        <label for="police-city-${given.id}">${words.city}</label>
        <select id="police-city-${given.id}" data-testid="police-in-city" @change=${(event: Event) => host.take("fact-city", event)}>
          <option value="" ?selected=${given.city_slug === ""}>–</option>
          ${host.cities.map((one) => html`<option value=${one.city} ?selected=${one.city === (host.values["fact-city"] ?? given.city_slug)}>${one.name}</option>`)}
        </select>
      </div>
      ${CORRECTED.map((name) => line(host, `fact-${name}`, words.facts[name] ?? name, host.values[`fact-${name}`] ?? given.facts[name] ?? ""))}
      <p><button type="submit" data-testid="police-save" ?disabled=${host.busy}>${words.save}</button></p>
    </form>
  </details>`;
}

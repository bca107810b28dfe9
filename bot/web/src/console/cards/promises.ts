import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../../shared/times";
import { askFor, type Act } from "../acts";
import type { Desk } from "../desk";
import { promiseTexts } from "../texts/promises";
import type { Promised } from "../wire";

/** What is asked before a promise counts as kept. */
function kept(one: Promised, desk: Desk): Act {
  const t = promiseTexts[desk.locale];
  return {
    name: "promise-kept", path: "promise-kept", title: t.keptTitle, ask: `${one.label} ${t.keptAsk}`, weighty: true,
    fields: [{ name: "reason", label: t.keptHow, kind: "area", required: true, testid: "reason" }],
    body: (values) => ({ ...values, promise_id: one.id }),
  };
}

function promise(one: Promised, desk: Desk): TemplateResult {
  const t = promiseTexts[desk.locale];
  return html`<li class=${one.broken ? "broken" : ""} data-testid="promised" data-broken=${one.broken}>
    <span>${one.label} <b>${t.at(clockTime(one.due_at, desk.locale), one.by)}</b></span>
    <span class="clock"><vg-clock due=${one.due_at} words=${t.left} late=${t.broken}></vg-clock></span>
    <button type="button" class="small" data-testid="promise-kept" @click=${(event: Event) => askFor(event.currentTarget, kept(one, desk))}>${t.kept}</button>
  </li>`;
}

/** The times that were promised here and that somebody still waits for: running, or broken and still owed. */
export function promisesCard(desk: Desk): TemplateResult | typeof nothing {
  const promises = desk.detail?.promises ?? [];
  if (promises.length === 0) return nothing;
  const broken = promises.some((one) => one.broken);
  return html`<section class="card promises ${broken ? "broken" : ""}">
    <h2>${promiseTexts[desk.locale].title}</h2>
    <ul>${promises.map((one) => promise(one, desk))}</ul>
  </section>`;
}

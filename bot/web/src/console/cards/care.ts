import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../../shared/times";
import { askFor, type Act, type Field } from "../acts";
import type { Desk } from "../desk";
import { fact } from "../fact";
import type { Care, CareTask } from "../wire";
import { careTexts, type CareTexts } from "./care-texts";

function step(task: CareTask, name: string, c: CareTexts): Act {
  const words: Field = { name: "note", label: name === "decline" ? c.reason : c.note, kind: "area", required: true, testid: "care-note" };
  return {
    name: `care-${name}`,
    path: `care/${task.id}/${name}`,
    title: name === "take" ? c.take : `${c.acts[name] ?? name}: ${task.label}`,
    ask: c.asks[name] ?? "",
    fields: name === "done" || name === "decline" ? [words] : [],
    weighty: name === "decline" || name === "carry-out",
    body: (values) => values,
  };
}

function lift(c: CareTexts): Act {
  return {
    name: "lift-evidence", path: "lift-evidence", title: c.lift, ask: c.asks.lift ?? "", weighty: true, body: (values) => values,
    fields: [{ name: "reason", label: c.reason, kind: "area", required: true, testid: "reason" }],
  };
}

function row(task: CareTask, desk: Desk, c: CareTexts): TemplateResult {
  const { t, locale } = desk;
  const over = task.state === "done" || task.state === "declined";
  const ended = task.done_at === null ? "" : c.by(task.done_by ?? t.software, clockTime(task.done_at, locale));
  return html`<li class="care-task ${task.state} ${task.overdue ? "late" : ""}" data-testid="care-task" data-kind=${task.kind} data-state=${task.state}>
    <div class="care-line">
      <span class="care-mark" aria-hidden="true">${task.state === "done" ? "✓" : task.state === "declined" ? "–" : "○"}</span>
      <b>${task.label}</b>
      <span class="soft">${task.state_label}${ended === "" ? nothing : html` · <bdi>${ended}</bdi>`}</span>
      ${over || task.due_at === null ? nothing : html`<vg-clock due=${task.due_at} words=${t.dueIn("%")} late=${t.overdue("%")}></vg-clock>`}
    </div>
    ${task.note === null ? nothing : html`<small>${task.note}</small>`}
    ${task.acts.length === 0
      ? nothing
      : html`<div class="row">
          ${task.acts.map(
            (name) => html`<button
              type="button"
              class="small"
              aria-label="${c.acts[name] ?? name}: ${task.label}"
              data-testid="care-${name}"
              @click=${(event: Event) => askFor(event.currentTarget, step(task, name, c))}
            >
              ${c.acts[name] ?? name}
            </button>`,
          )}
        </div>`}
  </li>`;
}

function card(care: Care, desk: Desk): TemplateResult {
  const c = careTexts[desk.locale];
  const first = care.tasks.find((task) => task.acts.length > 0);
  return html`<section class="card care" data-testid="care-card">
    <h2>${c.title} <span class="soft">${care.reference} · ${c.states[care.state] ?? care.state}</span></h2>
    <div class="care-line">
      <span>${c.owner(care.mine ? `${care.owner} (${c.you})` : care.owner)}</span>
      ${care.mine || first === undefined
        ? nothing
        : html`<button type="button" class="small" data-testid="care-take" @click=${(event: Event) => askFor(event.currentTarget, step(first, "take", c))}>${c.take}</button>`}
    </div>
    <ul class="care-tasks">
      ${care.tasks.map((task) => row(task, desk, c))}
    </ul>
    <dl>
      ${fact(
        c.evidence,
        html`${care.evidence_held ? c.held : c.free}
        ${care.may_lift ? html` <button type="button" class="small" @click=${(event: Event) => askFor(event.currentTarget, lift(c))}>${c.lift}</button>` : nothing}`,
        "care-evidence",
      )}
    </dl>
  </section>`;
}

/** What is owed to people after the cases of this conversation: who owns it, by when, what has been done. */
export function careCards(desk: Desk): TemplateResult | typeof nothing {
  const cares = desk.detail?.care ?? [];
  return cares.length === 0 ? nothing : html`${cares.map((care) => card(care, desk))}`;
}

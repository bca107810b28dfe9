import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../../../shared/times";
import type { Grade } from "../../../shared/wire";
import type { Desk } from "../../desk";
import { countdown, gradeBadge } from "../../queue-pane";
import { deskNow } from "../../ticker";
import type { Row } from "../../wire";
import type { DigestState, Digests } from "./wire";
import type { Words } from "./texts";

const GRADES: Grade[] = ["S0", "S1", "S2", "S3"];
const AT_RISK_MS = 60_000;
const MOST = 25;

/** What a person can do about a row of the board. */
export interface RowActs {
  listen: (row: Row) => void;
  whisper: (row: Row) => void;
  takeOver: (row: Row) => void;
}

function waits(row: Row): boolean {
  return row.holder === "queue" || (row.lane === "queue" && row.holder === "assistant");
}

/** Rows whose next clock has run out or does so within a minute, the first to run out first. */
export function atRisk(rows: Row[], now: number): Row[] {
  const due = (row: Row): number => (row.next_clock === null ? Infinity : Date.parse(row.next_clock.due_at));
  return rows.filter((row) => due(row) - now < AT_RISK_MS).sort((a, b) => (a.grade ?? "S3").localeCompare(b.grade ?? "S3") || due(a) - due(b));
}

/** How many wait for a person at each grade, and since when the longest. */
export function waitingBy(rows: Row[]): { grade: Grade; count: number; since: string | null }[] {
  return GRADES.map((grade) => {
    const mine = rows.filter((row) => waits(row) && (row.grade ?? "S3") === grade);
    const since = mine.map((row) => row.waiting_since ?? row.opened_at).sort()[0] ?? null;
    return { grade, count: mine.length, since };
  });
}

function tile(title: TemplateResult | string, count: number, under: TemplateResult | string, tone = ""): TemplateResult {
  return html`<li class="tile ${tone}"><h3>${title}</h3><p class="figure">${count}</p><p class="soft">${under}</p></li>`;
}

function tiles(desk: Desk, t: Words): TemplateResult {
  const risk = atRisk(desk.rows, deskNow()).length;
  return html`<ul class="tiles" data-testid="board-wall">
    ${waitingBy(desk.rows).map(({ grade, count, since }) =>
      tile(
        html`${gradeBadge(grade, desk.t)} ${t.waiting}`,
        count,
        since === null ? t.nobody : html`<vg-clock from=${since} words=${t.oldest("%")}></vg-clock>`,
        count > 0 && (grade === "S0" || grade === "S1") ? "grave" : "",
      ),
    )}
    ${tile(t.watched, desk.rows.filter((row) => row.lane === "watch").length, desk.t.lanes.watch)}
    ${tile(t.atRisk, risk, t.atRiskWhy, risk > 0 ? "grave" : "")}
  </ul>`;
}

function onCall(desk: Desk, t: Words): TemplateResult {
  const people = desk.queue?.on_call ?? [];
  const teams = [...new Set(people.map((one) => one.team))];
  return html`<p class="on-call-now">
    <b>${t.onCall}:</b>
    ${people.length === 0
      ? html`<b class="warn">${t.onCallNone}</b>`
      : teams.map((team) => html`<span>${t.teams[team] ?? team}: ${people.filter((one) => one.team === team).map((one) => one.name).join(", ")}</span> `)}
  </p>`;
}

function row(one: Row, desk: Desk, t: Words, acts: RowActs): TemplateResult {
  const held = one.holder === "person";
  const mine = held && one.holder_name === desk.me?.name;
  const what = [one.reference, one.intent_label ?? desk.t.conversation].filter(Boolean).join(" · ");
  const button = (label: string, act: (row: Row) => void, testid: string): TemplateResult =>
    html`<button type="button" class="small" data-testid=${testid} aria-label="${label}: ${what}" @click=${() => act(one)}>${label}</button>`;
  return html`<tr data-testid="board-row" data-conversation=${one.conversation_id}>
    <th scope="row">${gradeBadge(one.grade, desk.t)} <span class="reference">${what}</span></th>
    <td>${one.next_clock === null ? "–" : countdown(one.next_clock, desk.t)}</td>
    <td><bdi>${held ? one.holder_name : t.nobodyHolds}</bdi></td>
    <td class="row-acts">
      ${button(t.listen, acts.listen, "listen")}
      ${held && !mine ? html`${button(t.whisper, acts.whisper, "whisper")} ${button(t.takeOver, acts.takeOver, "take-over")}` : nothing}
    </td>
  </tr>`;
}

function rows(title: string, found: Row[], none: string, desk: Desk, t: Words, acts: RowActs): TemplateResult {
  return html`<section class="board-card">
    <h2>${title} <span class="soft">${found.length}</span></h2>
    ${found.length === 0
      ? html`<p class="soft">${none}</p>`
      : html`<div class="wide-table" role="region" tabindex="0" aria-label=${title}><table class="live">
          <thead><tr><th scope="col">${t.conversation}</th><th scope="col">${t.clock}</th><th scope="col">${t.holder}</th><th scope="col">${t.acts}</th></tr></thead>
          <tbody>${found.slice(0, MOST).map((one) => row(one, desk, t, acts))}</tbody>
        </table></div>`}
    ${found.length > MOST ? html`<p class="soft">${t.more(found.length - MOST)}</p>` : nothing}
  </section>`;
}

function digestBar(digest: DigestState, desk: Desk, t: Words): TemplateResult {
  const day = clockTime(digest.until, desk.locale);
  const [name, n] = [digest.name, digest.s0_breaches.length];
  const cases = digest.s0_breaches.map((one) => [one.reference, one.label, one.name].filter(Boolean).join(" · "));
  return html`<details class="digest ${digest.overdue ? "overdue" : ""}" data-testid="digest-open">
    <summary>
      ${digest.overdue ? html`<span aria-hidden="true">▲</span> ${t.unacknowledged(name, n, day)}; ${t.reminded(digest.reminders)}` : t.awaiting(name, n, day)}
    </summary>
    <ul>${cases.map((one) => html`<li>${one}</li>`)}</ul>
  </details>`;
}

/** What leaders must know before any figure: breaches nobody acknowledged, a digest that reaches nobody. */
export function digestBars(digests: Digests | null, desk: Desk, t: Words): TemplateResult | typeof nothing {
  if (digests === null) return nothing;
  const failed = digests.last?.sent_at === null && digests.last.error !== null ? digests.last.error : "";
  return html`${digests.open.map((one) => digestBar(one, desk, t))}
  ${digests.configured ? nothing : html`<p class="digest quiet" data-testid="no-executive">${t.executiveNone}</p>`}
  ${failed === "" ? nothing : html`<p class="digest">${t.digestFailed(failed)}</p>`}`;
}

/** The live wall: what waits, whose clock runs out, who is on call and who holds what. */
export function wall(desk: Desk, t: Words, acts: RowActs): TemplateResult {
  const risk = atRisk(desk.rows, deskNow());
  const held = desk.rows.filter((one) => one.holder === "person" && !risk.includes(one));
  return html`${tiles(desk, t)} ${onCall(desk, t)}
    <div class="board-pair">
      ${rows(t.atRisk, risk, t.atRiskNone, desk, t, acts)} ${rows(t.withPeople, held, t.withPeopleNone, desk, t, acts)}
    </div>`;
}

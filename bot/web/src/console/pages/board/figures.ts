import { html, nothing, type TemplateResult } from "lit";
import { clockTime, span } from "../../../shared/times";
import type { Grade } from "../../../shared/wire";
import type { Desk } from "../../desk";
import { gradeBadge } from "../../queue-pane";
import type { Line } from "./plot";
import type { Report, Standard, Times, Topic } from "./wire";
import type { Words } from "./texts";

const TOPICS_DRAWN = 5;
const MOST = 50;

type Open = (conversation: string | null) => void;

/** Seconds as people read them: below two minutes with a unit, else as a clock. */
export function took(seconds: number | null, t: Words): string {
  if (seconds === null) return "–";
  return seconds < 120 ? `${Math.round(seconds * 10) / 10} ${t.s}` : span(seconds, t.locale);
}

function percent(share: number | null): string {
  return share === null ? "–" : `${Math.round(share * 100)}%`;
}

function standard(one: Standard, t: Words): TemplateResult {
  const verdict = one.met === null ? html`<span class="soft">${t.noData}</span>` : one.met ? html`<span class="met">✓ ${t.met}</span>` : html`<b class="warn">✗ ${t.missed}</b>`;
  return html`<li>${t.standardWords(one.percent, took(one.limit_s, t))}: ${verdict}</li>`;
}

function timesRow(grade: Grade, times: Times, desk: Desk, t: Words): TemplateResult {
  return html`<tr>
    <th scope="row">${gradeBadge(grade, desk.t)}</th>
    <td>${times.count}${times.waiting > 0 ? html`<br /><span class="warn">${t.waitingStill(times.waiting)}</span>` : nothing}</td>
    ${[times.p50_s, times.p90_s, times.p95_s, times.p99_s, times.max_s].map((s) => html`<td>${took(s, t)}</td>`)}
    <td><ul class="standards">${times.standards.map((one) => standard(one, t))}</ul></td>
  </tr>`;
}

function timesTable(title: string, of: "accept" | "decide", report: Report, desk: Desk, t: Words): TemplateResult {
  const heads = [t.grade, t.count, "p50", "p90", "p95", "p99", t.longest, t.standard];
  return html`<h3>${title}</h3>
    <div class="wide-table" role="region" tabindex="0" aria-label=${title}><table data-testid="times-${of}">
      <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
      <tbody>${report.grades.map((one) => timesRow(one.grade, one[of], desk, t))}</tbody>
    </table></div>`;
}

/** Percentiles of a grade by day with its standards as level lines. */
export function acceptLines(report: Report, grade: Grade, t: Words): Line[] {
  const line = (name: "p50" | "p90" | "p99"): Line => ({ label: name, values: report.days.map((day) => day.accept[grade]?.[`${name}_s`] ?? null) });
  const times = report.grades.find((one) => one.grade === grade)?.accept;
  const levels = (times?.standards ?? []).map((one): Line => ({
    label: t.standardWords(one.percent, took(one.limit_s, t)),
    values: report.days.map(() => one.limit_s),
    standard: true,
  }));
  return [line("p50"), line("p90"), line("p99"), ...levels];
}

/** The commonest topics by day; the rest as one line, so that the lines add up. */
export function topicLines(report: Report, t: Words): Line[] {
  const top = report.topics.slice(0, TOPICS_DRAWN);
  const rest = new Set(report.topics.slice(TOPICS_DRAWN).map((one) => one.intent));
  const lines = top.map((one): Line => ({ label: one.label, values: report.days.map((day) => day.topics[one.intent] ?? 0) }));
  if (rest.size === 0) return lines;
  const others = report.days.map((day) => Object.entries(day.topics).reduce((sum, [name, n]) => sum + (rest.has(name) ? n : 0), 0));
  return [...lines, { label: t.other, values: others }];
}

function plots(report: Report, desk: Desk, t: Words): TemplateResult {
  const days = report.days.map((day) => day.date);
  const plot = (label: string, lines: Line[], unit = ""): TemplateResult =>
    html`<section class="board-card"><vg-plot
      .days=${days} .lines=${lines} .locale=${desk.locale} label=${label} unit=${unit} table=${t.tableOf} day=${t.day}
    ></vg-plot></section>`;
  const breaches: Line = { label: t.breaches, values: report.days.map((day) => day.breaches) };
  return html`<div class="board-grid plots" data-testid="board-plots">
    ${plot(t.plotAccept("S0"), acceptLines(report, "S0", t), t.seconds)} ${plot(t.plotAccept("S1"), acceptLines(report, "S1", t), t.seconds)}
    ${plot(t.plotBreaches, [breaches])} ${plot(t.plotTopics, topicLines(report, t))}
  </div>`;
}

function link(reference: string | null, conversation: string | null, open: Open): TemplateResult | string {
  const shown = reference ?? "–";
  if (conversation === null) return shown;
  return html`<button type="button" class="link-like" @click=${() => open(conversation)}>${shown}</button>`;
}

/** `all`: how many there are, of which `rows` are shown. */
function table(title: string, none: string, heads: string[], rows: TemplateResult[], testid: string, t: Words, all = rows.length): TemplateResult {
  return html`<section class="board-card" data-testid=${testid}>
    <h2>${title} <span class="soft">${all}</span></h2>
    ${rows.length === 0
      ? html`<p class="soft">${none}</p>`
      : html`<div class="wide-table tall" role="region" tabindex="0" aria-label=${title}><table>
          <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
          <tbody>${rows}</tbody>
        </table></div>`}
    ${all > rows.length ? html`<p class="soft">${t.more(all - rows.length)}</p>` : nothing}
  </section>`;
}

function breaches(report: Report, desk: Desk, t: Words, open: Open): TemplateResult {
  const rows = report.breaches.slice(0, MOST).map(
    (one) => html`<tr>
      <th scope="row">${gradeBadge(one.grade, desk.t)} ${link(one.reference, one.conversation_id, open)}</th>
      <td>${one.label}${one.open ? html` <b class="warn">${t.open}</b>` : nothing}</td>
      <td><bdi>${one.name ?? (one.paged.length === 0 ? t.nobodyHolds : t.pagedNames(one.paged.join(", ")))}</bdi></td>
      <td>${one.seconds === null ? "–" : `${took(one.seconds, t)} / ${took(one.limit_s, t)}`}</td>
      <td>${clockTime(one.at, desk.locale)}</td>
    </tr>`,
  );
  const all = report.breaches.length + report.hidden_breaches;
  return table(t.breaches, t.breachesNone, [t.case_, t.what, t.who, `${t.took} / ${t.limit}`, t.when], rows, "breaches", t, all);
}

function people(report: Report, desk: Desk, t: Words, open: Open): TemplateResult {
  const repeats = report.repeats.slice(0, MOST).map(
    (one) => html`<tr><th scope="row">${gradeBadge(one.grade, desk.t)} ${link(one.reference, one.conversation_id, open)}</th><td>${one.label}</td><td>${one.reports}</td><td>${desk.t.states[one.state] ?? one.state}</td></tr>`,
  );
  const drivers = report.drivers.map(
    (one) => html`<tr><th scope="row"><bdi>${one.driver_name ?? one.driver_id}</bdi></th><td>${link(one.reference, one.conversation_id, open)}</td>
      <td>${clockTime(one.since, desk.locale)}${one.state === "held" ? nothing : html`<br /><b class="warn">${t.notStopped}</b>`}
        ${one.overdue ? html`<br /><b class="warn">${t.reviewOverdue}</b>` : nothing}</td></tr>`,
  );
  const gone = report.gave_up.slice(0, MOST).map(
    (one) => html`<tr><th scope="row">${gradeBadge(one.grade, desk.t)} ${link(one.reference ?? one.conversation_id.slice(-6).toUpperCase(), one.conversation_id, open)}</th>
      <td>${one.label ?? "–"}</td><td>${clockTime(one.asked_at, desk.locale)}</td><td>${took(one.waited_s, t)}</td></tr>`,
  );
  return html`${table(t.repeats, t.repeatsNone, [t.case_, t.what, t.reports, t.state], repeats, "repeats", t, report.repeats.length)}
    ${table(t.drivers, t.driversNone, [t.driver, t.case_, t.since], drivers, "drivers", t)}
    ${table(t.gaveUp, t.gaveUpNone, [t.case_, t.what, t.when, t.waited], gone, "gave-up", t, report.gave_up.length)}`;
}

function settled(report: Report, t: Words): TemplateResult {
  const { contacts, promises, satisfaction } = report;
  const big = (value: string, what: string, under = ""): TemplateResult => html`<div class="big-figure"><dd>${value}</dd><dt>${what}${under === "" ? nothing : html`<br /><span class="soft">${under}</span>`}</dt></div>`;
  return html`<section class="board-card" data-testid="settled">
    <h2>${t.settled}</h2>
    <dl class="big-figures">
      ${big(percent(contacts.alone_share), t.alone, t.aloneOf(contacts.ended))} ${big(percent(contacts.first_contact), t.firstContact, t.firstContactOf(contacts.known))}
      ${big(String(contacts.repeated), t.repeated)}
      ${satisfaction?.average == null ? nothing : big(satisfaction.average.toFixed(1), t.satisfaction, t.satisfactionOf(satisfaction.answers))}
    </dl>
    <h3>${t.promises}</h3>
    <dl class="big-figures">
      ${big(String(promises.given), t.given)} ${big(String(promises.kept), t.kept)} ${big(String(promises.broken), t.broken)} ${big(String(promises.open), t.running)}
    </dl>
  </section>`;
}

function topics(title: string, none: string, found: Topic[], t: Words, testid: string): TemplateResult {
  const most = Math.max(1, ...found.map((one) => one.conversations));
  return table(title, none, [t.what, t.count, t.share], found.slice(0, MOST).map(
    (one) => html`<tr><th scope="row">${one.label}</th><td class="bar-cell"><span class="bar" style="inline-size: ${(60 * one.conversations) / most}%"></span> ${one.conversations}</td><td>${percent(one.share)}</td></tr>`,
  ), testid, t, found.length);
}

/** All figures of a period. `open` shows a conversation. */
export function figures(report: Report, desk: Desk, t: Words, open: Open): TemplateResult {
  return html`<section class="board-card">
      <h2>${t.standards}</h2>
      ${timesTable(t.accept, "accept", report, desk, t)} ${timesTable(t.decide, "decide", report, desk, t)}
    </section>
    ${plots(report, desk, t)}
    <div class="board-pair">${breaches(report, desk, t, open)} ${settled(report, t)}</div>
    <div class="board-grid">
      ${people(report, desk, t, open)} ${topics(t.defects, t.defectsNone, report.topics.filter((one) => one.defect), t, "defects")}
      ${topics(t.topics, t.topicsNone, report.topics.filter((one) => !one.defect), t, "topics")}
    </div>`;
}

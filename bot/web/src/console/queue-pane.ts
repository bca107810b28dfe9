import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import { repeat } from "lit/directives/repeat.js";
import { clockTime } from "../shared/times";
import type { Grade } from "../shared/wire";
import type { Desk } from "./desk";
import { grouped } from "./order";
import type { Texts } from "./texts/index";
import { routingTexts } from "./texts/routing";
import type { Clock, Row } from "./wire";

/** A grade's shape: told apart without colour. */
const SHAPES: Record<Grade, string> = { S0: "▲", S1: "◆", S2: "●", S3: "○" };

/** A grade as shape, letters and (for screen readers and the pointer) words. */
export function gradeBadge(grade: Grade | null, t: Texts): TemplateResult {
  if (grade === null) return html`<span class="grade none">${t.noGrade}</span>`;
  return html`<span class="grade ${grade}" title=${t.grades[grade]}
    ><span aria-hidden="true">${SHAPES[grade]}</span> ${grade}<span class="visually-hidden"> ${t.grades[grade]}</span></span
  >`;
}

/** A clock that counts down. */
export function countdown(clock: Clock, t: Texts): TemplateResult {
  return html`<span class="clock"
    ><span class="clock-label">${clock.label}</span>
    <vg-clock due=${clock.due_at} words=${t.dueIn("%")} late=${t.overdue("%")}></vg-clock
  ></span>`;
}

function who(row: Row, desk: Desk): string {
  const { t } = desk;
  if (row.holder === "person") return row.holder_name ? t.heldBy(row.holder_name) : "";
  const offered = row.offered_to == null ? "" : routingTexts[desk.locale].offeredTo(row.lane === "mine" ? null : row.offered_to);
  if (row.holder === "assistant" || row.waiting_since === null) return offered;
  return [t.waitingSince(clockTime(row.waiting_since, desk.locale)), offered].filter(Boolean).join(" · ");
}

function queueRow(row: Row, desk: Desk, open: (id: string) => void): TemplateResult {
  const { t } = desk;
  const facts = [
    row.plate ?? "",
    row.live_trip ? t.liveTrip : "",
    row.place ?? "",
    row.trip_label ?? "",
    row.role && row.role !== "rider" ? (t.roles[row.role] ?? row.role) : "",
    t.languages[row.language] ?? row.language,
    row.reports > 1 ? t.reports(row.reports) : "",
    who(row, desk),
  ].filter(Boolean);
  return html`<li>
    <button
      type="button"
      class="queue-row ${row.grade ?? ""}"
      data-testid="queue-row"
      data-conversation=${row.conversation_id}
      data-grade=${row.grade ?? ""}
      data-lane=${row.lane}
      aria-current=${row.conversation_id === desk.selected ? "true" : nothing}
      @click=${() => open(row.conversation_id)}
    >
      <span class="top">
        ${gradeBadge(row.grade, t)}
        <b class="what">${row.intent_label ?? t.conversation}</b>
        ${row.unread > 0 ? html`<span class="unread" title=${t.unread(row.unread)}>${row.unread}<span class="visually-hidden"> ${t.unread(row.unread)}</span></span>` : nothing}
      </span>
      <span class="last" dir="auto">${row.last_text ?? ""}</span>
      <span class="facts">${facts.map((fact) => html`<bdi>${fact}</bdi>`)}</span>
      <span class="bottom">
        <span class="reference">${row.reference ?? ""}</span>
        ${row.next_clock === null ? nothing : countdown(row.next_clock, t)}
      </span>
    </button>
  </li>`;
}

function list(rows: Row[], desk: Desk, open: (id: string) => void): TemplateResult {
  return html`<ul>
    ${repeat(rows, (row) => row.conversation_id, (row) =>
      // Of 200 rows one or two have changed at a time.
      guard([row, row.conversation_id === desk.selected, desk.locale], () => queueRow(row, desk, open)),
    )}
  </ul>`;
}

/** The queue: S0 that nobody has accepted stands above the scrolling list and ignores the filter. */
export function queuePane(desk: Desk, filter: string, setFilter: (text: string) => void, open: (id: string) => void): TemplateResult {
  const { t } = desk;
  const groups = grouped(desk.rows, filter);
  const empty = groups.pinned.length === 0 && groups.lanes.length === 0;
  return html`<div class="tools">
      <input
        type="search"
        id="filter"
        data-testid="filter"
        aria-label=${t.filter}
        placeholder="${t.filter} (/)"
        .value=${filter}
        @input=${(event: Event) => setFilter((event.target as HTMLInputElement).value)}
      />
    </div>
    ${groups.pinned.length === 0
      ? nothing
      : html`<section class="pinned" aria-label="S0 ${t.grades.S0}">
          <h2><span aria-hidden="true">▲</span> S0 · ${t.grades.S0} <span class="count">${groups.pinned.length}</span></h2>
          ${list(groups.pinned, desk, open)}
        </section>`}
    <div class="scroll" tabindex="-1">
      ${groups.lanes.map(
        ({ lane, rows }) => html`<section class="lane ${lane}" aria-label=${t.lanes[lane]}>
          <h2>${lane === "watch" ? html`<span aria-hidden="true">◉</span> ` : nothing}${t.lanes[lane]} <span class="count">${rows.length}</span></h2>
          ${list(rows, desk, open)}
        </section>`,
      )}
      ${desk.queue !== null && empty ? html`<p class="empty">${filter === "" ? t.nothingWaiting : t.noMatch}</p>` : nothing}
      ${desk.queue === null ? html`<p class="empty">${t.loading}</p>` : nothing}
    </div>`;
}

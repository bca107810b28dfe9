import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Desk } from "./desk";
import type { Alarming } from "./order";
import { gradeBadge } from "./queue-pane";
import { aboveTexts } from "./texts/above";

/** How many alarms stand in full above the page: on a wide screen, and on a phone. The rest is one press away. */
const SHOWN = { wide: 3, phone: 1 };
/** The width at which the three panes stand side by side (panes.css). */
export const wide = matchMedia("(min-width: 900px)");

export interface AlarmActs {
  open(id: string): void;
  accept(id: string): void;
  /** shows or folds away the alarms below the worst */
  unfold(all: boolean): void;
}

/**
 * What nobody has accepted, worst first. The worst stand in full and are told aloud; how many more there are is always in
 * sight, and opens them. Folding them away silences nothing: only an acceptance takes an alarm off the page.
 */
export function alarmStack(desk: Desk, all: boolean, acts: AlarmActs): TemplateResult {
  const { alarms } = desk;
  const t = aboveTexts[desk.locale];
  const worst = wide.matches ? SHOWN.wide : SHOWN.phone;
  const rest = alarms.slice(worst);
  return html`<section class="alarms" aria-label=${t.alarms(alarms.length)} ?hidden=${alarms.length === 0}>
    <div role="alert">${bars(alarms.slice(0, worst), desk, acts)}</div>
    ${rest.length === 0
      ? nothing
      : html`<button
            type="button"
            class="alarm-more ${rest[0]?.row.grade ?? ""}"
            data-testid="alarm-more"
            aria-expanded=${all ? "true" : "false"}
            aria-controls="alarm-rest"
            @click=${() => acts.unfold(!all)}
          >
            <b>${t.moreAlarms(rest.length)}</b> <span>${all ? t.foldAlarms : t.unfoldAlarms}</span>
          </button>
          <div id="alarm-rest" class="alarm-rest" ?hidden=${!all}>${all ? bars(rest, desk, acts) : nothing}</div>`}
  </section>`;
}

function bars(alarms: Alarming[], desk: Desk, acts: AlarmActs): unknown {
  return repeat(alarms, ({ row }) => row.conversation_id, (one) => bar(one, desk, acts));
}

function bar({ row }: Alarming, desk: Desk, acts: AlarmActs): TemplateResult {
  const { t } = desk;
  const what = [row.reference, row.intent_label].filter(Boolean).join(" · ");
  // A timer's role keeps a screen reader from telling every second of it aloud.
  return html`<div class="alarm-bar ${row.grade ?? ""}" data-testid="alarm" data-conversation=${row.conversation_id}>
    ${gradeBadge(row.grade, t)}
    <b>${t.alarm(what)}</b>
    ${row.next_clock === null
      ? nothing
      : html`<vg-clock role="timer" due=${row.next_clock.due_at} words=${t.dueIn("%")} late=${t.overdue("%")}></vg-clock>`}
    <button type="button" data-testid="alarm-open" aria-label="${t.openIt} ${what}" @click=${() => acts.open(row.conversation_id)}>${t.openIt}</button>
    <button type="button" class="primary" data-testid="alarm-accept" aria-label="${t.acts.accept} ${what}" @click=${() => acts.accept(row.conversation_id)}>
      ${t.acts.accept}
    </button>
  </div>`;
}

import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../shared/times";
import { isOver, mainCase } from "./acts";
import { careCards } from "./cards/care";
import { departmentsCard } from "./cards/departments";
import { eraseCard } from "./cards/erase";
import { policeCards } from "./cards/police";
import { promisesCard } from "./cards/promises";
import { protocolCard } from "./cards/protocol";
import { rideCard } from "./cards/ride";
import { timelineCard } from "./cards/timeline";
import type { Desk } from "./desk";
import { fact, factWords } from "./fact";
import { countdown, gradeBadge } from "./queue-pane";
import { tripCard } from "./trip-card";
import type { Case, Detail, EmergencyCall } from "./wire";

function callWords(call: EmergencyCall, desk: Desk): string {
  const { t } = desk;
  const parts =
    call.decision === "not_called"
      ? [t.notCalled, call.reason]
      : [t.called, (t.services as Record<string, string>)[call.service ?? ""] ?? call.service, call.station, call.officer, call.number];
  return [...parts, call.who, call.at ? clockTime(call.at, desk.locale) : ""].filter(Boolean).join(" · ");
}

function why(item: Case, detail: Detail, desk: Desk): TemplateResult {
  const heard = detail.messages.flatMap((m) => [m.listening?.sentinel, m.listening?.nlu]);
  const reasons = new Set(heard.flatMap((h) => (h?.decision && h.decision !== "routine" ? (h.reasons ?? []) : [])));
  return html`${fact(desk.t.why, [...reasons].join("; "))} ${fact(desk.t.evidence, factWords(item.facts, desk.locale))}`;
}

function caseCard(item: Case, detail: Detail, desk: Desk): TemplateResult {
  const { t, locale } = desk;
  return html`<section class="card case ${isOver(item) ? "over" : item.grade}">
    <h2>${gradeBadge(item.grade, t)} <span data-testid="case-reference">${item.reference}</span> <span class="soft">${t.states[item.state] ?? item.state}</span></h2>
    <p class="title"><b>${item.label}</b>${item.title && item.title !== item.label ? html` · ${item.title}` : nothing}</p>
    ${item.clocks.length === 0 ? nothing : html`<p class="clocks">${item.clocks.map((clock) => countdown(clock, t))}</p>`}
    <dl>
      <div class="fact">
        <dt class="visually-hidden">${t.acts.accept}</dt>
        <dd>
          ${item.accepted_by === null
            ? html`<b class="warn">${t.notAccepted}</b>`
            : t.acceptedBy(item.accepted_by, item.accepted_at === null ? "" : clockTime(item.accepted_at, locale))}
          ${item.reports > 1 ? html` · ${t.reports(item.reports)}` : nothing}
        </dd>
      </div>
      ${fact(
        t.holdState,
        item.hold === null
          ? ""
          : item.hold.state !== "held" || item.hold.since === null
            ? (t.states[item.hold.state] ?? item.hold.state)
            : t.held(item.hold.driver_name ?? t.driver, clockTime(item.hold.since, locale)),
        "case-hold",
      )}
      ${fact(t.callRecorded, item.emergency_call === null ? "" : callWords(item.emergency_call, desk), "case-emergency-call")}
      ${why(item, detail, desk)}
      ${item.links.length === 0
        ? nothing
        : fact(t.links, html`<ul>${item.links.map((l) => html`<li><b>${l.reference}</b> ${desk.t.relations[l.relation] ?? l.relation}: ${l.summary}</li>`)}</ul>`)}
    </dl>
  </section>`;
}

function phonePosition(at: Detail["reporter"]["position"], desk: Desk): TemplateResult | typeof nothing {
  if (at == null) return nothing;
  const accuracy = at.accuracy_m == null ? "" : ` (±${Math.round(at.accuracy_m)} m)`;
  const age = at.at == null ? nothing : html` · <vg-clock from=${at.at} words=${desk.t.positionAge("%")}></vg-clock>`;
  return fact(desk.t.phonePosition, html`${at.lat.toFixed(5)}, ${at.lng.toFixed(5)}${accuracy}${age}`, "reporter-position");
}

function watchCard(detail: Detail, desk: Desk): TemplateResult | typeof nothing {
  if (detail.watch == null) return nothing;
  return html`<section class="card watched">
    <h2>${desk.t.watched}</h2>
    <p>${factWords(detail.watch, desk.locale)}</p>
  </section>`;
}

function reporterCard(detail: Detail, desk: Desk): TemplateResult {
  const { t } = desk;
  const { reporter, entities } = detail;
  return html`<section class="card">
    <h2>${t.reporter}</h2>
    <dl>
      ${fact(t.roles[reporter.role] ?? reporter.role, reporter.name ?? "–")} ${fact(t.phone, reporter.phone)}
      ${phonePosition(reporter.position, desk)}
      ${fact(t.entities, factWords(entities.map((e) => ({ ...e, name: e.entity })), desk.locale))}
    </dl>
  </section>`;
}

/** Everything about the case on one screen: what, since when, why, where the car is, who, and all that was done. */
export function casePane(desk: Desk): TemplateResult | typeof nothing {
  const { detail, t } = desk;
  if (detail === null) return nothing;
  const main = mainCase(detail);
  const others = detail.cases.filter((c) => c !== main);
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${t.caseCard}>
    ${promisesCard(desk)} ${watchCard(detail, desk)} ${main === null ? html`<p class="empty">${t.noCase}</p>` : caseCard(main, detail, desk)}
    ${policeCards(detail, desk)}
    ${careCards(desk)} ${detail.trip == null ? nothing : tripCard(detail.trip, desk)} ${rideCard(desk)} ${protocolCard(desk)} ${reporterCard(detail, desk)}
    ${others.length === 0
      ? nothing
      : html`<details class="others">
          <summary>${t.otherCases} (${others.length})</summary>
          ${others.map((item) => caseCard(item, detail, desk))}
        </details>`}
    ${departmentsCard(desk)} ${eraseCard(desk)} ${timelineCard(desk)}
  </div>`;
}

import { html, nothing, type TemplateResult } from "lit";
import { telephone, textMessage } from "../shared/telephone";
import { clockTime } from "../shared/times";
import type { Emergency, Incident, Locale } from "../shared/wire";
import type { Chat } from "./chat";
import { isOver } from "./facts";
import type { Texts } from "./texts";

function joined(incident: Incident, grade: string | null, t: Texts): string {
  const person = incident.accepted_by;
  const taken = incident.state === "accepted" || incident.state === "acting";
  if (isOver(incident)) return t.ended;
  if (grade === "S2" || grade === "S3") {
    if (!taken) return t.caseStored;
    return person ? t.caseTaken(person) : t.caseTakenSomeone;
  }
  if (taken) return person ? t.joined(person) : t.joinedSomeone;
  // "Alerted" is said only once the desk has it that a page went out.
  return incident.state === "paged" ? t.alerted : t.stored;
}

const handset = html`<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" fill="currentColor">
  <path
    d="M6.6 2.6 9.4 2l2 4.9-2.2 1.8a12 12 0 0 0 6.1 6.1l1.8-2.2 4.9 2-.6 2.8c-.3 1.5-1.6 2.6-3.1 2.6C10.4 20 4 13.6 4 5.7c0-1.5 1.1-2.8 2.6-3.1z"
  />
</svg>`;

function numbers(emergency: Emergency, t: Texts): TemplateResult {
  const links = emergency.numbers.flatMap(({ number, label }) => {
    const href = telephone(number);
    return href === null ? [] : [{ number, label, href }];
  });
  const sms = emergency.text_number ? textMessage(emergency.text_number.number, emergency.text_number.body) : null;
  return html`<div class="numbers">
      ${links.map(
        ({ number, label, href }, i) => html`<a
          class="button ${i === 0 ? "first alarm" : ""}"
          href=${href}
          aria-label=${t.call(number, label)}
          data-testid=${i === 0 ? "emergency-number" : "emergency-number-more"}
          >${i === 0 ? handset : nothing}<span>${label}</span><b>${number}</b></a
        >`,
      )}
      ${sms === null
        ? nothing
        : html`<a class="button" href=${sms} data-testid="emergency-text">${t.textInstead(emergency.text_number?.number ?? "")}</a>`}
    </div>`;
}

/** Where the numbers hold, which case this is, and since when. */
function facts(emergency: Emergency | null, incident: Incident | null, locale: Locale, t: Texts): TemplateResult {
  const named = typeof emergency?.place === "object" ? emergency.place?.[locale] : emergency?.place;
  const place = named && emergency?.basis !== "language" ? t.place(named) : t.placeGuess;
  return html`<p class="small">
    ${incident === null
      ? nothing
      : html`<span>${t.reference} <b data-testid="incident-reference">${incident.reference}</b></span>
          <span>${t.since(clockTime(incident.opened_at, locale))}</span>`}
    ${emergency === null ? nothing : html`<span>${place}</span>`}
  </p>`;
}

/**
 * What stands fixed above the messages in an emergency: the number to call, then the truth about who has joined.
 * Empty when nothing is open and nobody called for help.
 */
export function emergencyBanner(chat: Chat, locale: Locale, t: Texts): TemplateResult | typeof nothing {
  if (chat.banner === "none") return nothing;
  const incident = chat.state?.incident ?? null;
  const full = chat.banner === "full";
  const kept = chat.callWaiting && chat.status === "down";
  const truth = incident === null ? t.emergencySending : joined(incident, incident.grade ?? chat.state?.grade ?? null, t);
  return html`<div class="banner ${full ? "" : "calm"}" data-testid="incident-banner">
    ${kept ? html`<p class="truth">${chat.onlyHere ? t.emergencyHere : t.emergencyKept}</p>` : nothing}
    ${kept && incident === null ? nothing : html`<p class="truth" data-testid="joined-truth">${truth}</p>`}
    ${full ? numbers(chat.emergency, t) : nothing} ${facts(full ? chat.emergency : null, incident, locale, t)}
  </div>`;
}

import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../shared/times";
import type { Desk } from "./desk";
import { routingTexts } from "./texts/routing";
import type { Detail } from "./wire";
import "./styles/warm-note.css";

/** What whoever handed the conversation on wants read first; it stays until the reporter is answered. */
export function warmNote(detail: Detail, desk: Desk): TemplateResult | typeof nothing {
  const { handover } = detail;
  if (handover == null) return nothing;
  const title = routingTexts[desk.locale].handedBy(handover.by, handover.to, clockTime(handover.at, desk.locale));
  return html`<section class="warm-note" aria-label=${title} data-testid="warm-note">
    <h3>${title}</h3>
    <p dir="auto">${handover.note}</p>
  </section>`;
}

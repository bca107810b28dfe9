import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../shared/times";
import type { Locale } from "../shared/wire";
import type { Chat } from "./chat";
import type { Texts } from "./texts";

/** The line under the buttons: no connection, a new chat, or what happens now while a person is awaited. */
export function strip(chat: Chat, locale: Locale, t: Texts): TemplateResult | typeof nothing {
  if (chat.status === "down") {
    const kept = navigator.onLine ? t.slow : t.offline;
    return html`<div class="strip" data-testid="offline">
      <span>${chat.onlyHere ? t.keepOpen : kept}</span>
      <button type="button" @click=${() => chat.tryNow()}>${t.tryNow}</button>
    </div>`;
  }
  if (chat.renewed) return html`<div class="strip"><span>${t.newSession}</span></div>`;
  const line = chat.waiting;
  // A place in line is for routine: nobody in danger waits behind others, and the banner says the truth about them.
  if (line === null || chat.state?.grade === "S0" || chat.state?.grade === "S1") return nothing;
  const since = clockTime(line.since, locale);
  return html`<div class="strip" data-testid="queue-place">
    <span>
      ${line.position == null ? t.inLineSince(since) : t.inLine(line.position, since)}
      ${line.opens_at == null ? t.whileWaiting : t.closedUntil(clockTime(line.opens_at, locale))}
    </span>
  </div>`;
}

/**
 * Says that the desk serves a newer widget, with the one button that loads it; the page never loads itself anew. Held back
 * while danger is open: then nothing may stand between a person and the numbers, and the old widget goes on working.
 */
export function newVersion(chat: Chat, busy: boolean, load: () => void, t: Texts): TemplateResult | typeof nothing {
  if (!chat.old || busy || chat.banner === "full" || chat.status === "down") return nothing;
  return html`<div class="strip" data-testid="new-version">
    <span>${t.newVersion}</span>
    <button type="button" data-testid="new-version-load" @click=${load}>${t.newVersionLoad}</button>
  </div>`;
}

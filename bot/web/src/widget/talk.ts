import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { last } from "../shared/last";
import { tappable, telephone } from "../shared/telephone";
import { clockTime, span } from "../shared/times";
import type { Attachment, Button, Locale, Message } from "../shared/wire";
import { EMERGENCY, type Chat } from "./chat";
import { unsaid } from "./facts";
import type { Pending } from "./shelf";
import type { Texts } from "./texts";

export interface TalkActs {
  tap(message: Message, button: Button): void;
  edit(pending: Pending): void;
}

function authorName(message: Message, t: Texts): string {
  if (message.author_name) return message.author_name;
  return { reporter: t.you, assistant: t.assistant, staff: t.staff, system: t.system }[message.author];
}

/** A message's links, without the numbers that stand in the banner above anyway. */
function links(message: Message, above: ReadonlySet<string>): TemplateResult | typeof nothing {
  const shown = (message.links ?? []).filter(({ href }) => !above.has(href));
  if (shown.length === 0) return nothing;
  return html`<div class="links">
    ${shown.map(({ title, href }) =>
      tappable(href)
        ? html`<a class="button" href=${href} target=${href.startsWith("https:") ? "_blank" : nothing} rel="noopener noreferrer">${title}</a>`
        : html`<span>${title}</span>`,
    )}
  </div>`;
}

/** A photo is shown at once; a voice note is fetched when it is asked for, and sounds only then. */
function attached(attachment: Attachment, chat: Chat, t: Texts): TemplateResult {
  const wanted = attachment.kind === "photo" || chat.media.has(attachment.id);
  const shown = wanted ? chat.media.of(attachment) : null;
  if (shown === null) {
    const length = span(attachment.duration_s ?? 0);
    return html`<button type="button" data-testid="voice-play" @click=${() => void chat.media.load(attachment.id)}>&#9654; ${t.listen(length)}</button>`;
  }
  if (shown === "loading") return html`<p class="hint">${t.loading}</p>`;
  if (shown === "failed") return html`<button type="button" @click=${() => void chat.media.load(attachment.id)}>${t.loadAgain}</button>`;
  return attachment.kind === "photo"
    ? html`<img class="photo" data-testid="photo" src=${shown.url} alt=${t.photoSent} width=${attachment.width ?? nothing} height=${attachment.height ?? nothing} />`
    : html`<audio controls data-testid="voice" src=${shown.url} aria-label=${t.voice}></audio>`;
}

function replies(message: Message, acts: TalkActs): TemplateResult {
  return html`<div class="replies ${message.kind === "check_in" ? "check" : ""}">
    ${(message.buttons ?? []).map(
      (button) => html`<button type="button" class=${button.payload === EMERGENCY ? "alarm" : ""} data-testid="quick-reply" @click=${() => acts.tap(message, button)}>
        ${button.title}
      </button>`,
    )}
  </div>`;
}

/**
 * The messages whose buttons are still live: those since the person last wrote, and the last safety question, which
 * stays until it is answered by a tap. `pending`: how many are on their way; one that was refused is not.
 */
export function offering(messages: Message[], answered: ReadonlySet<string>, pending: number): Set<string> {
  const lastOwn = pending > 0 ? Infinity : (last(messages.filter((m) => m.author === "reporter"))?.seq ?? 0);
  const checkIn = last(messages.filter((m) => m.kind === "check_in"))?.id;
  return new Set(
    messages
      .filter((m) => (m.buttons?.length ?? 0) > 0 && !answered.has(m.id) && (m.seq > lastOwn || m.id === checkIn))
      .map((m) => m.id),
  );
}

function sentMark(message: Message, chat: Chat, t: Texts): string {
  return message.author !== "reporter" ? "" : message.seq <= chat.seen ? ` · ${t.seen}` : ` · ${t.sent}`;
}

function unsent(pending: Pending, chat: Chat, acts: TalkActs, t: Texts): TemplateResult {
  const state = pending.refused !== undefined ? "failed" : chat.status === "down" ? "kept" : "sending";
  const part = chat.sending.moved.get(pending.client_id);
  return html`<div class="message reporter" data-testid="message" data-author="reporter" data-state=${state}>
    <p class="bubble">${pending.file === undefined ? nothing : html`[${unsaid(pending, t)}] `}${pending.text || (pending.file === undefined ? unsaid(pending, t) : "")}</p>
    ${state === "sending" && part !== undefined ? html`<progress max="1" value=${part} aria-label=${t.sending}></progress>` : nothing}
    ${pending.refused === undefined
      ? html`<span class="meta">${state === "kept" ? t.waitingForNetwork : (chat.sending.held.get(pending.client_id) ?? t.sending)}</span>`
      : html`<span class="meta problem">${t.failed} ${pending.refused || t.failedUnknown}</span>
          <div class="links">
            <button type="button" @click=${() => chat.sending.retry(pending.client_id)}>${t.retry}</button>
            ${pending.text !== "" ? html`<button type="button" @click=${() => acts.edit(pending)}>${t.edit}</button>` : nothing}
            <button type="button" @click=${() => chat.sending.drop(pending.client_id)}>${t.drop}</button>
          </div>`}
  </div>`;
}

/** All that was said, what is still on its way, and who is typing. */
export function talk(chat: Chat, answered: ReadonlySet<string>, acts: TalkActs, locale: Locale, t: Texts): TemplateResult {
  const { pending, typing } = chat;
  const { messages, earlier } = chat.said;
  const live = offering(messages, answered, pending.filter((p) => p.refused === undefined).length);
  const above = new Set(chat.banner === "full" ? chat.emergency.numbers.map((n) => telephone(n.number) ?? "") : []);
  const typist = typing === null ? "" : (typing.name ?? (typing.author === "staff" ? t.staff : t.assistant));
  return html`${repeat(
    [...earlier, ...messages],
    (m) => m.id,
    (m) => html`<div
      class="message ${m.author} ${m.kind ?? ""}"
      data-testid="message"
      data-author=${m.author}
      data-seq=${m.seq}
      data-state=${m.author !== "reporter" ? nothing : m.seq <= chat.seen ? "seen" : "sent"}
    >
      ${m.attachment == null ? nothing : attached(m.attachment, chat, t)}
      ${m.attachment == null || m.attachment.captioned ? html`<p class="bubble">${m.text}</p>` : nothing}
      ${links(m, above)} ${live.has(m.id) ? replies(m, acts) : nothing}
      <span class="meta"><bdi>${authorName(m, t)}</bdi> &middot; ${clockTime(m.at, locale)}${sentMark(m, chat, t)}</span>
    </div>`,
  )}
  ${repeat(pending, (p) => p.client_id, (p) => unsent(p, chat, acts, t))}
  ${typing === null ? nothing : html`<div class="typing"><i></i><i></i><i></i><span>${t.typing(typist)}</span></div>`}`;
}

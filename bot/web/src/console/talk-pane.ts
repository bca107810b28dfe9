import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { sends } from "../shared/keys";
import { clockTime } from "../shared/times";
import { attachmentView } from "./attachment";
import type { Desk } from "./desk";
import { palette, suggestions, takeSuggestion } from "./palette";
import { gradeBadge } from "./queue-pane";
import type { Texts } from "./texts/index";
import { sayingTexts } from "./texts/saying";
import { warmNote } from "./warm-note";
import type { Detail, Heard, StaffMessage } from "./wire";

/** The opening signal of a widget is no message to people. */
const START = "/vigil_start";

function heardBy(name: string, heard: Heard | null | undefined, t: Texts): TemplateResult | typeof nothing {
  if (heard == null) return nothing;
  const reasons = heard.reasons ?? [];
  const facts = [
    heard.decision && (t.decisions[heard.decision] ?? heard.decision),
    heard.grade,
    heard.intent_label,
    heard.probability == null ? null : heard.probability.toFixed(2),
  ].filter((fact): fact is string => fact != null && fact !== "");
  if (facts.length === 0 && reasons.length === 0) return nothing;
  return html`<li><b>${name}</b> ${facts.join(" · ")}${reasons.length > 0 ? html`<br /><span class="soft" title=${heard.because?.join("; ") ?? nothing}>${reasons.join("; ")}</span>` : nothing}</li>`;
}

function listening(message: StaffMessage, t: Texts): TemplateResult | typeof nothing {
  const heard = message.listening;
  if (heard?.sentinel == null && heard?.nlu == null) return nothing;
  const sharp = [heard.sentinel, heard.nlu].some((h) => h?.decision != null && h.decision !== "routine");
  return html`<details class="heard ${sharp ? "sharp" : ""}">
    <summary>${t.heard}</summary>
    <ul>
      ${heardBy(t.sentinel, heard.sentinel, t)} ${heardBy(t.nlu, heard.nlu, t)}
    </ul>
  </details>`;
}

function delivery(message: StaffMessage, detail: Detail, t: Texts): string {
  if (message.author !== "staff") return "";
  return (detail.state.reporter_seen_seq ?? 0) >= message.seq ? ` · ${t.seenByReporter}` : ` · ${t.delivered}`;
}

function messageView(message: StaffMessage, detail: Detail, desk: Desk): TemplateResult {
  const { t } = desk;
  const name = message.author_name ?? (message.author === "reporter" ? detail.reporter.name : null) ?? t.authors[message.author];
  return html`<li class="message ${message.author} ${message.kind ?? ""}" data-testid="message" data-author=${message.author} data-seq=${message.seq}>
    <span class="meta"><bdi>${name}</bdi> · ${clockTime(message.at, desk.locale)}${delivery(message, detail, t)}</span>
    ${attachmentView(message, desk.locale)}
    <p class="bubble">${message.text}</p>
    ${message.buttons?.length ? html`<span class="meta">[${message.buttons.map((b) => b.title).join("] [")}]</span>` : nothing}
    ${listening(message, t)}
  </li>`;
}

function noteView(note: Detail["notes"][number], desk: Desk): TemplateResult {
  return html`<li class="message note" data-testid="note-entry">
    <span class="meta">${desk.t.note} · <bdi>${note.who}</bdi> · ${clockTime(note.at, desk.locale)}</span>
    <p class="bubble">${note.text}</p>
  </li>`;
}

/** Messages and staff notes in the order they came; messages keep their own order among themselves. */
function said(detail: Detail, desk: Desk): TemplateResult {
  const notes = [...detail.notes].sort((a, b) => a.at.localeCompare(b.at));
  const entries: { key: string; view: TemplateResult }[] = [];
  for (const message of detail.messages.filter((m) => m.text !== START)) {
    while (notes[0] !== undefined && Date.parse(notes[0].at) < Date.parse(message.at)) {
      const note = notes.shift();
      if (note !== undefined) entries.push({ key: `note${note.at}${note.who}`, view: noteView(note, desk) });
    }
    entries.push({ key: message.id, view: messageView(message, detail, desk) });
  }
  for (const note of notes) entries.push({ key: `note${note.at}${note.who}`, view: noteView(note, desk) });
  return html`${repeat(entries, (e) => e.key, (e) => e.view)}`;
}

/** Minutes that can be promised with an answer; the desk runs a clock for each. */
export const PROMISES = [5, 10, 15, 30, 60, 120, 1_440];

/** The offered lengths, and the one that a macro brought if it is none of them. */
function promised(chosen: number | null): number[] {
  return chosen === null || PROMISES.includes(chosen) ? PROMISES : [...PROMISES, chosen].sort((a, b) => a - b);
}

function promise(desk: Desk): TemplateResult {
  const { t, answer } = desk;
  const take = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    answer.promises(value === "" ? null : Number(value));
  };
  return html`<select class="promise" aria-label=${t.promise} title=${t.promiseWhy} data-testid="promise" @change=${take}>
    <option value="" ?selected=${answer.promise === null}>${t.promise}</option>
    ${promised(answer.promise).map((m) => html`<option value=${m} ?selected=${answer.promise === m}>${m < 60 ? t.minutes(m) : t.hours(m / 60)}</option>`)}
  </select>`;
}

/** Shows the macros and puts the cursor into their search; a second time closes them. */
export function openPalette(desk: Desk): void {
  if (!desk.may("reply")) return;
  if (desk.saying.open) desk.saying.close();
  else {
    desk.saying.show();
    setTimeout(() => document.querySelector<HTMLElement>("#palette-search")?.focus());
  }
}

function replyBox(desk: Desk): TemplateResult {
  const { t } = desk;
  const words = sayingTexts[desk.locale];
  const mine = desk.may("reply");
  const writing = desk.viewers.filter((v) => v.typing).map((v) => v.name);
  const others = desk.viewers.filter((v) => !v.typing).map((v) => v.name);
  const onKey = (event: KeyboardEvent): void => {
    // By the key's place: with Alt some keyboards give another sign.
    const digit = event.altKey ? /^Digit([1-3])$/.exec(event.code) : null;
    if (digit !== null && takeSuggestion(desk, Number(digit[1]) - 1)) event.preventDefault();
    if (!sends(event)) return;
    event.preventDefault();
    void desk.answer.send();
  };
  const onInput = (event: InputEvent): void => {
    const field = event.target as HTMLTextAreaElement;
    const at = field.selectionStart;
    // A semicolon where a word would begin opens the macros; in the middle of a sentence it is a semicolon.
    const opens = mine && (event.data === ";" || event.data === "；") && /(^|\s)[;；]$/.test(field.value.slice(0, at));
    desk.answer.write(opens ? field.value.slice(0, at - 1) + field.value.slice(at) : field.value);
    if (!opens) return;
    field.value = desk.answer.text;
    openPalette(desk);
  };
  return html`<form
    class="reply"
    @submit=${(event: Event) => {
      event.preventDefault();
      void desk.answer.send();
    }}
  >
    <p class="beside" role="status">
      ${writing.length > 0 ? html`<b class="warn">${t.alsoTyping(writing.join(", "))}</b> ` : nothing}
      ${others.length > 0 ? t.viewing(others.join(", ")) : nothing}
      ${desk.reporterTyping === "" ? nothing : t.typing(desk.reporterTyping)}
    </p>
    ${desk.answer.problem === "" ? nothing : html`<p class="problem" role="alert" data-testid="reply-problem">${desk.answer.problem}</p>`}
    ${mine ? nothing : html`<p class="soft">${t.replyNotYours}</p>`}
    ${palette(desk)} ${suggestions(desk)}
    <div class="row writing">
      <textarea
        id="reply"
        rows="2"
        data-testid="reply-input"
        aria-label=${t.replyLabel}
        placeholder=${t.replyPlaceholder}
        .value=${desk.answer.text}
        @input=${onInput}
        @keydown=${onKey}
      ></textarea>
      <div class="row tools-of-reply">
        ${mine
          ? html`<button type="button" class="small" aria-expanded=${desk.saying.open ? "true" : "false"} data-testid="palette-open" @click=${() => openPalette(desk)}>${words.paletteOpen}</button>`
          : nothing}
        ${mine ? promise(desk) : nothing}
        <button class="primary" type="submit" data-testid="reply-send" ?disabled=${!mine || desk.answer.sending || desk.answer.text.trim() === ""}>
          ${desk.answer.sending ? t.sending : t.send}
        </button>
      </div>
    </div>
  </form>`;
}

function heading(detail: Detail, desk: Desk): TemplateResult {
  const { t } = desk;
  const { reporter, state } = detail;
  const facts = [
    t.roles[reporter.role] ?? reporter.role,
    t.identities[reporter.identity] ?? reporter.identity,
    t.languages[reporter.language] ?? reporter.language,
    state.holder === "person" && state.holder_name ? t.heldBy(state.holder_name) : "",
  ].filter(Boolean);
  // Without a case the queue still has a grade for it; the two must not contradict each other on one screen.
  const grade = state.grade ?? desk.rows.find((row) => row.conversation_id === desk.selected)?.grade ?? null;
  return html`<div class="who">
    ${gradeBadge(grade, t)}
    <div>
      <h2><bdi>${reporter.name ?? t.reporter}</bdi></h2>
      <p class="soft">${facts.join(" · ")}</p>
    </div>
  </div>`;
}

/** The conversation: who, what was said, and the field to answer in. `actBar` stands between heading and messages. */
export function talkPane(desk: Desk, actBar: TemplateResult | typeof nothing, onScroll: () => void, onGrown: () => void): TemplateResult {
  const { detail, t } = desk;
  if (desk.selected === null) return html`<p class="empty big">${t.pick}</p>`;
  if (detail === null) return html`<p class="empty big">${t.loading}</p>`;
  // A photo that comes in makes the messages longer; its event does not rise, so it is caught on its way down.
  const earlier = (detail.messages[0]?.seq ?? 1) - 1;
  const grown = { handleEvent: onGrown, capture: true };
  return html`${heading(detail, desk)} ${warmNote(detail, desk)} ${actBar}
    <div class="log" id="log" role="log" tabindex="0" aria-label=${t.messagesLabel} @scroll=${onScroll} @load=${grown}>
      ${earlier > 0 ? html`<p class="soft">${t.earlier(earlier)}</p>` : nothing}
      <ol>
        ${said(detail, desk)}
      </ol>
    </div>
    ${replyBox(desk)}`;
}

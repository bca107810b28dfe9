import { html, nothing, type TemplateResult } from "lit";
import { composing } from "../shared/keys";
import type { Desk } from "./desk";
import { fitting, topicsOf, type OfferedMacro } from "./saying";
import { sayingTexts } from "./texts/saying";

const braced = (names: string[]): string => names.map((name) => `{${name}}`).join(" ");

/** The textarea of the answer, where the writing goes on. */
export function focusReply(): void {
  const field = document.querySelector<HTMLTextAreaElement>("#reply");
  field?.focus();
  field?.setSelectionRange(field.value.length, field.value.length);
}

function pick(desk: Desk, macro: OfferedMacro | undefined): void {
  if (macro === undefined) return;
  if (macro.why_not !== null) {
    desk.complain(`${macro.name}: ${macro.why_not}`);
    return;
  }
  desk.answer.insert(macro.text, macro);
  desk.saying.close();
  setTimeout(focusReply);
}

function option(macro: OfferedMacro, index: number, desk: Desk): TemplateResult {
  const words = sayingTexts[desk.locale];
  const facts = [
    macro.promise_minutes === null ? "" : words.promises(desk.minutesInWords(macro.promise_minutes)),
    macro.missing.length === 0 ? "" : words.missing(braced(macro.missing)),
    macro.used === 0 ? "" : words.used,
  ].filter(Boolean);
  const chosen = index === desk.saying.cursor;
  return html`<li
    role="option"
    id="macro-${index}"
    class=${chosen ? "chosen" : ""}
    aria-selected=${chosen ? "true" : "false"}
    aria-disabled=${macro.why_not === null ? nothing : "true"}
    data-testid="macro-option"
    data-macro=${macro.id}
    @mousedown=${(event: Event) => {
      event.preventDefault();
      pick(desk, macro);
    }}
  >
    <b>${macro.name}</b> <span class="soft">${macro.why_not ?? facts.join(" · ")}</span>
    <span class="text" lang=${desk.detail?.state.locale === "zh" ? "zh-CN" : "en"}>${macro.text}</span>
  </li>`;
}

/** Macros for the answer: typing searches, Enter inserts. */
export function palette(desk: Desk): TemplateResult | typeof nothing {
  const { saying, detail } = desk;
  if (!saying.open || detail === null) return nothing;
  const words = sayingTexts[desk.locale];
  const found = fitting(saying.macros, saying.query, topicsOf(detail)).slice(0, 40);
  const onKey = (event: KeyboardEvent): void => {
    if (composing(event)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      saying.move((saying.cursor + step + found.length) % found.length);
      setTimeout(() => document.querySelector(`#macro-${saying.cursor}`)?.scrollIntoView({ block: "nearest" }));
    } else if (event.key === "Enter") pick(desk, found[saying.cursor]);
    else if (event.key === "Escape") {
      saying.close();
      setTimeout(focusReply);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="palette" data-testid="palette">
    <label class="visually-hidden" for="palette-search">${words.palette}</label>
    <input
      id="palette-search"
      role="combobox"
      aria-expanded="true"
      aria-controls="palette-list"
      aria-autocomplete="list"
      aria-activedescendant=${found.length > 0 ? `macro-${saying.cursor}` : nothing}
      autocomplete="off"
      placeholder=${words.paletteHint}
      data-testid="palette-search"
      .value=${saying.query}
      @input=${(event: Event) => saying.search((event.target as HTMLInputElement).value)}
      @keydown=${onKey}
    />
    <ul id="palette-list" role="listbox" aria-label=${words.palette}>
      ${found.map((macro, index) => option(macro, index, desk))}
    </ul>
    ${found.length === 0 ? html`<p class="soft" role="status">${saying.macros.length === 0 ? desk.t.loading : words.paletteEmpty}</p>` : nothing}
  </div>`;
}

/** Takes a suggested answer into the field, by its place. */
export function takeSuggestion(desk: Desk, index: number): boolean {
  const suggestion = desk.saying.suggestions[index];
  if (suggestion === undefined || !desk.may("reply")) return false;
  desk.answer.insert(suggestion.text, null);
  setTimeout(focusReply);
  return true;
}

/** What colleagues answered in similar routine cases; never there in anything graver. */
export function suggestions(desk: Desk): TemplateResult | typeof nothing {
  if (desk.saying.suggestions.length === 0 || !desk.may("reply")) return nothing;
  const words = sayingTexts[desk.locale];
  return html`<div class="suggestions" role="group" aria-label=${words.suggestions} title=${words.suggestionsHint}>
    <span class="soft">${words.suggestions}</span>
    ${desk.saying.suggestions.map(
      (one, index) => html`<button type="button" class="small" data-testid="suggestion" aria-keyshortcuts="Alt+${index + 1}" title=${one.text} @click=${() => takeSuggestion(desk, index)}>
        <kbd aria-hidden="true">${index + 1}</kbd> <span>${one.text}</span>
      </button>`,
    )}
  </div>`;
}

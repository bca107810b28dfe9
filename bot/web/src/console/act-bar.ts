import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { isHeld, takesOver } from "./acts";
import { BAR } from "./bar";
import type { Desk } from "./desk";
import type { Texts } from "./texts/index";

/** The acts that the open conversation offers this person, and why the others are not offered now. */
export function actBar(desk: Desk, begin: (name: string) => void): TemplateResult | typeof nothing {
  const { detail, t } = desk;
  if (detail === null) return nothing;
  const because = detail.forbidden_because ?? {};
  const held = isHeld(detail);
  const offered = BAR.filter(([name]) => (name === "hold" ? !held : name === "release" ? held : true));
  const refused = Object.entries(because).filter(([name]) => !desk.may(name.replaceAll("-", "_")));
  return html`<div class="acts" role="toolbar" aria-label=${t.conversation}>
    ${repeat(
      offered.filter(([name]) => desk.may(name)),
      ([name]) => name,
      ([name, key]) => html`<button
        type="button"
        class=${name === "accept" && !takesOver(detail) ? "primary" : ""}
        data-testid=${name === "promise" ? "act-promise" : name.replaceAll("_", "-")}
        aria-keyshortcuts=${key || nothing}
        @click=${() => begin(name)}
      >
        ${name === "accept" && takesOver(detail) ? t.takeOver : t.acts[name]}${key === "" ? nothing : html` <kbd aria-hidden="true">${key}</kbd>`}
      </button>`,
    )}
    ${refused.length === 0
      ? nothing
      : html`<details class="refused">
          <summary>${t.notNow}</summary>
          <ul>${refused.map(([name, why]) => html`<li><b>${t.acts[name.replaceAll("-", "_")] ?? name}</b>: ${why}</li>`)}</ul>
        </details>`}
  </div>`;
}

/** Every key and what it does. */
export function shortcutSheet(t: Texts, closed: () => void): TemplateResult {
  return html`<dialog class="sheet" aria-labelledby="sheet-title" @close=${closed} @keydown=${(e: Event) => e.stopPropagation()}>
    <h2 id="sheet-title">${t.shortcuts}</h2>
    <dl>${Object.entries(t.keys).map(([key, what]) => html`<div class="fact"><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
    <form method="dialog" class="row end"><button class="primary">${t.close}</button></form>
  </dialog>`;
}

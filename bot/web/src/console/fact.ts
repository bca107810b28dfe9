import { html, nothing, type TemplateResult } from "lit";

/** One line of a card: nothing at all when there is nothing to say. */
export function fact(label: string, value: unknown, testid?: string): TemplateResult | typeof nothing {
  if (value === null || value === undefined || value === "" || value === nothing) return nothing;
  return html`<div class="fact"><dt>${label}</dt><dd data-testid=${testid ?? nothing}>${value}</dd></div>`;
}

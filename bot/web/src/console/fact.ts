import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../shared/times";
import type { Locale } from "../shared/wire";
import type { Fact } from "./wire";

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)/g;

/** One line of a card: nothing at all when there is nothing to say. */
export function fact(label: string, value: unknown, testid?: string): TemplateResult | typeof nothing {
  if (value === null || value === undefined || value === "" || value === nothing) return nothing;
  return html`<div class="fact"><dt>${label}</dt><dd data-testid=${testid ?? nothing}>${value}</dd></div>`;
}

/** What the desk knows of something as one line, its instants in this device's time. */
export function factWords(facts: Fact[], locale: Locale): string {
  const mark = locale === "zh" ? "：" : ": ";
  return facts.map(({ label, value }) => `${label}${mark}${value.replace(INSTANT, (at) => clockTime(at, locale))}`).join(" · ");
}

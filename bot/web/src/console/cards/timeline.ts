import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../../shared/times";
import type { Desk } from "../desk";
import { factWords } from "../fact";
import type { TimelineEntry } from "../wire";

/** Who did it, in words: staff by name, the software by its part. */
function actor(item: TimelineEntry, desk: Desk): string {
  const { t } = desk;
  const [kind, part = ""] = item.who.split(":", 2);
  const { name } = item.details;
  if (kind === "staff") return typeof name === "string" ? name : part === desk.me?.id ? desk.me.name : t.authors.staff;
  if (kind === "software") return `${t.software} · ${item.by ?? part}`;
  return kind === "reporter" ? t.authors.reporter : item.who;
}

function entry(item: TimelineEntry, desk: Desk): TemplateResult {
  const details = factWords(item.facts, desk.locale);
  return html`<li data-testid="timeline-entry" data-act=${item.act}>
    <time datetime=${item.at}>${clockTime(item.at, desk.locale)}</time>
    <div><b>${item.label}</b> <span class="soft"><bdi>${actor(item, desk)}</bdi></span>${details === "" ? nothing : html`<br /><small>${details}</small>`}</div>
  </li>`;
}

/** All that was done, the newest first. */
export function timelineCard(desk: Desk): TemplateResult | typeof nothing {
  const entries = desk.detail?.timeline ?? [];
  if (entries.length === 0) return nothing;
  return html`<section class="card">
    <h2>${desk.t.timeline}</h2>
    <ol class="timeline">
      ${[...entries].reverse().map((item) => entry(item, desk))}
    </ol>
  </section>`;
}

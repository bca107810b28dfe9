import { html, nothing, type TemplateResult } from "lit";
import type { Desk } from "./desk";
import { sayingTexts } from "./texts/saying";

/** Where a colleague wants this person. */
export interface Mention {
  id: string;
  /** null once the conversation is one they may not see */
  conversation_id: string | null;
  kind: string;
  by: string;
  text: string;
  at: string;
}

/** Stays on the page until they have looked. */
export function mentionsBar(desk: Desk, open: (id: string) => void): TemplateResult | typeof nothing {
  if (desk.mentions.length === 0) return nothing;
  const words = sayingTexts[desk.locale];
  const one = (mention: Mention): TemplateResult => {
    const { conversation_id: id } = mention;
    return html`<li data-testid="mention">
      <b>${(words.mention[mention.kind] ?? words.mention.note)?.(mention.by)}</b>
      <span class="text">${id === null ? words.hidden : mention.text}</span>
      ${id === null ? nothing : html`<button type="button" class="small primary" data-testid="mention-open" @click=${() => open(id)}>${words.open}</button>`}
      <button type="button" class="small" data-testid="mention-done" @click=${() => void desk.dismiss(mention.id)}>${words.dismiss}</button>
    </li>`;
  };
  return html`<section class="mentions" aria-label=${words.mentions} role="status">
    <ul>${desk.mentions.map(one)}</ul>
  </section>`;
}

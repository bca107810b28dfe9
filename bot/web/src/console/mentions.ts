import { html, nothing, type TemplateResult } from "lit";
import type { Api } from "./api";
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

export interface MentionHooks {
  signedIn(): boolean;
  /** what the person asked for was not done */
  failed(error: unknown): void;
  /** a look that nobody asked for came to nothing */
  missed(error: unknown): void;
  changed(): void;
}

/** Where this person is wanted and has not looked yet. */
export class Mentions {
  list: Mention[] = [];

  constructor(
    private readonly api: Api,
    private readonly hooks: MentionHooks,
  ) {}

  async refresh(): Promise<void> {
    if (!this.hooks.signedIn()) return;
    try {
      this.list = (await this.api.get<{ mentions: Mention[] }>("/api/console/mentions")).mentions;
      this.hooks.changed();
    } catch (error) {
      this.hooks.missed(error);
    }
  }

  /** Puts a mention aside. */
  async dismiss(id: string): Promise<void> {
    try {
      await this.api.post(`/api/console/mentions/${encodeURIComponent(id)}/seen`, {});
    } catch (error) {
      this.hooks.failed(error);
    }
    await this.refresh();
  }
}

/** Stays on the page until they have looked. */
export function mentionsBar(desk: Desk, open: (id: string) => void): TemplateResult | typeof nothing {
  if (desk.mentions.list.length === 0) return nothing;
  const words = sayingTexts[desk.locale];
  const one = (mention: Mention): TemplateResult => {
    const { conversation_id: id } = mention;
    return html`<li data-testid="mention">
      <b>${(words.mention[mention.kind] ?? words.mention.note)?.(mention.by)}</b>
      <span class="text">${id === null ? words.hidden : mention.text}</span>
      ${id === null ? nothing : html`<button type="button" class="small primary" data-testid="mention-open" @click=${() => open(id)}>${words.open}</button>`}
      <button type="button" class="small" data-testid="mention-done" @click=${() => void desk.mentions.dismiss(mention.id)}>${words.dismiss}</button>
    </li>`;
  };
  return html`<section class="mentions" aria-label=${words.mentions} role="status">
    <ul>${desk.mentions.list.map(one)}</ul>
  </section>`;
}

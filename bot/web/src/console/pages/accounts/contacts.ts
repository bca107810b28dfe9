import { html, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { Panel } from "../panel";
import { texts } from "./texts";
import type { Account, Channels, Tried } from "./wire";

/** `<vg-contacts>`: where one person is paged, and a try-out of it. */
export class VgContacts extends Panel {
  @property({ attribute: false }) account!: Account;
  @property({ attribute: false }) closed!: () => void;
  @state() private channels: Channels | null = null;
  @state() private typed: string | null = null;
  @state() private tried: Tried["results"] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.attempt(async () => {
      const channels = await this.desk.api.get<Channels>(this.address);
      // Whoever has begun to type while it was read keeps what they typed.
      const kept = this.typed;
      this.take(channels);
      this.typed = kept ?? this.typed;
    });
  }

  private get address(): string {
    return `/api/paging/channels/${encodeURIComponent(this.account.id)}`;
  }

  protected override render(): TemplateResult {
    const t = texts[this.desk.locale];
    const kinds = this.channels?.kinds ?? [];
    return html`<section class="board-card account-form" aria-label=${t.contactsOf(this.account.name)}>
      <h2>${t.contactsOf(this.account.name)}</h2>
      ${this.channels === null ? nothing : html`<p>${kinds.length === 0 ? t.contactsNone : t.contactsNow(kinds.join(", "))}</p>`}
      <div class="field"><label for="contact-addresses">${t.contacts} <span class="soft">(${t.contactsWhy})</span></label>
        <textarea id="contact-addresses" rows="3" spellcheck="false" data-testid="contact-addresses" .value=${this.typed ?? ""} @input=${(e: Event) => (this.typed = (e.target as HTMLTextAreaElement).value)}></textarea></div>
      <p class="problem" role="alert" data-testid="contact-problem">${this.problem}</p>
      <div role="status" data-testid="contact-tried">${this.tried.length === 0 ? nothing : html`<ul>${this.tried.map((one) => html`<li>${one.kind}: ${one.failure === null ? html`<span class="met">✓ ${t.taken}</span>` : html`<b class="warn">✗ ${one.failure}</b>`}</li>`)}</ul>`}</div>
      <div class="row end">
        <button type="button" @click=${() => this.closed()}>${t.close}</button>
        <button type="button" data-testid="contact-test" ?disabled=${this.busy || kinds.length === 0} @click=${() => void this.test()}>${this.busy ? t.testing : t.test}</button>
        <button type="button" class="primary" data-testid="contact-save" ?disabled=${this.busy || this.typed === null} @click=${() => void this.save()}>${t.contactsSave}</button>
      </div>
    </section>`;
  }

  private take(channels: Channels): void {
    this.channels = channels;
    this.typed = channels.addresses === null ? null : channels.addresses.join("\n");
  }

  private async save(): Promise<void> {
    const addresses = (this.typed ?? "").split("\n").map((one) => one.trim()).filter(Boolean);
    await this.attempt(async () => {
      this.take(await this.desk.api.post<Channels>(this.address, { addresses }, "PUT"));
      this.desk.say(texts[this.desk.locale].contactsSaved);
    });
  }

  private async test(): Promise<void> {
    this.tried = [];
    await this.attempt(async () => {
      this.tried = (await this.desk.api.post<Tried>(`${this.address}/test`, {})).results;
    });
  }
}

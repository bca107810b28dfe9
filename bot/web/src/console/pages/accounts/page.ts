import { html, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { clockTime } from "../../../shared/times";
import type { Act } from "../../acts";
import { wordsFor } from "../../api";
import { VgContacts } from "./contacts";
import { VgAccountForm } from "./form";
import { VgSeat } from "./seat";
import { Panel } from "../panel";
import { texts, type Words } from "./texts";
import type { Account, Made } from "./wire";
import "../board/page.css";
import "./page.css";

type Open = { what: "add" } | { what: "roles" | "contacts" | "seat"; account: Account } | null;

/** `<vg-accounts>`: who works here, with which roles, and where each is paged. */
export class VgAccounts extends Panel {
  @state() private accounts: Account[] | null = null;
  @state() private open: Open = null;
  @state() private secret: Made | null = null;
  @state() private act: Act | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read();
  }

  protected override render(): TemplateResult {
    const t = texts[this.desk.locale];
    return html`<div class="board accounts">
      <div class="head"><h2 class="page-title">${t.title}</h2><button type="button" class="primary" data-testid="account-add" @click=${() => (this.open = { what: "add" })}>${t.add}</button></div>
      <p class="problem" role="alert" data-testid="accounts-problem">${this.problem}</p>
      ${this.oneTime(t)} ${this.panel()}
      ${this.accounts === null
        ? html`<p class="empty" role="status">${t.loading}</p>`
        : html`<div class="board-card"><div class="wide-table" role="region" tabindex="0" aria-label=${t.title}><table data-testid="accounts">
            <thead><tr>${[t.name, t.roles, t.state, t.acts].map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
            <tbody>${this.accounts.map((one) => this.row(one, t))}</tbody>
          </table></div></div>`}
      <vg-dialog .act=${this.act} .t=${this.desk.t} .run=${this.run} .closed=${() => (this.act = null)}></vg-dialog>
    </div>`;
  }

  private oneTime(t: Words): TemplateResult | typeof nothing {
    const { secret } = this;
    if (secret?.password == null) return nothing;
    const { password } = secret;
    return html`<section class="digest" role="status" data-testid="one-time">
      <p>${t.oneTime(secret.account.name)}</p>
      <p class="row"><code>${password}</code>
        <button type="button" class="small" @click=${() => void navigator.clipboard.writeText(password).then(() => this.desk.say(t.copied))}>${t.copy}</button>
        <button type="button" class="small" data-testid="one-time-hide" @click=${() => (this.secret = null)}>${t.hide}</button></p>
    </section>`;
  }

  private panel(): TemplateResult | typeof nothing {
    const { open, desk } = this;
    if (open === null) return nothing;
    const closed = (): void => {
      this.open = null;
    };
    if (open.what === "contacts") return html`<vg-contacts .desk=${desk} .account=${open.account} .closed=${closed}></vg-contacts>`;
    if (open.what === "seat") return html`<vg-seat .desk=${desk} .account=${open.account} .closed=${closed}></vg-seat>`;
    const account = open.what === "roles" ? open.account : null;
    return html`<vg-account-form .desk=${desk} .account=${account} .made=${(made: Made) => this.take(made)} .closed=${closed}></vg-account-form>`;
  }

  private row(one: Account, t: Words): TemplateResult {
    const gone = one.disabled_at !== null;
    const state = gone ? t.disabled : one.presence === "online" ? t.online : t.away;
    const seen = one.last_seen_at === null ? t.never : t.lastSeen(clockTime(one.last_seen_at, this.desk.locale));
    const button = (label: string, testid: string, act: () => void): TemplateResult =>
      html`<button type="button" class="small" data-testid=${testid} aria-label="${label}: ${one.name}" @click=${act}>${label}</button>`;
    return html`<tr class=${gone ? "gone" : ""} data-testid="account" data-email=${one.email}>
      <th scope="row"><bdi>${one.name}</bdi><br /><span class="soft">${one.email}</span></th>
      <td>${one.roles.map((role) => t.rolesOf[role] ?? role).join(", ")}<br /><span class="soft">${one.in_house ? t.inHouse : t.outsourced}${one.demo ? ` · ${t.demo}` : ""} · ${one.languages.map((l) => t.languages[l] ?? l).join(", ")}</span></td>
      <td>${gone ? html`<b class="warn">${state}</b>` : state}<br /><span class="soft">${seen}</span></td>
      <td class="row-acts">
        ${gone
          ? button(t.enable, "account-enable", () => (this.act = this.actOf(one, "enable", t.enable, t.enableAsk(one.name))))
          : html`${button(t.changeRoles, "account-roles", () => this.show({ what: "roles", account: one }))}
              ${button(t.seat, "account-seat", () => this.show({ what: "seat", account: one }))}
              ${button(t.contacts, "account-contacts", () => this.show({ what: "contacts", account: one }))}
              ${button(t.password, "account-password", () => (this.act = this.actOf(one, "password", t.password, t.passwordAsk(one.name))))}
              ${button(t.disable, "account-disable", () => (this.act = this.actOf(one, "disable", t.disable, t.disableAsk(one.name))))}`}
      </td>
    </tr>`;
  }

  /** Shows a form for an account; one that is open for another closes first, so that nothing typed goes to the wrong person. */
  private show(next: Open): void {
    this.open = null;
    void this.updateComplete.then(() => {
      this.open = next;
    });
  }

  private actOf(one: Account, name: string, title: string, ask: string): Act {
    const path = `/api/staff/accounts/${encodeURIComponent(one.id)}/${name}`;
    return { name, path, title: `${title}: ${one.name}`, ask, fields: [], weighty: name !== "enable", body: () => ({}) };
  }

  private take(made: Made): void {
    const t = texts[this.desk.locale];
    this.open = null;
    if (made.password !== null) this.secret = made;
    this.desk.say(made.password === null ? t.done : t.added(made.account.name));
    void this.read();
  }

  private async read(): Promise<void> {
    await this.attempt(async () => {
      this.accounts = (await this.desk.api.get<{ accounts: Account[] }>("/api/staff/accounts")).accounts;
    });
  }

  private readonly run = async (act: Act, body: Record<string, unknown>): Promise<string> => {
    try {
      const answer = await this.desk.api.post<Made | Account>(act.path, body);
      if ("password" in answer) this.secret = answer;
      this.desk.say(texts[this.desk.locale].done);
      await this.read();
      return "";
    } catch (error) {
      return wordsFor(error, this.desk.t);
    }
  };
}

customElements.define("vg-account-form", VgAccountForm);
customElements.define("vg-contacts", VgContacts);
customElements.define("vg-seat", VgSeat);
customElements.define("vg-accounts", VgAccounts);

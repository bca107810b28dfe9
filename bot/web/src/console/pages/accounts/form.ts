import { html, nothing, type TemplateResult } from "lit";
import { property } from "lit/decorators.js";
import { Panel } from "../panel";
import { texts, type Words } from "./texts";
import { ROLES, type Account, type Made } from "./wire";

/**
 * `<vg-account-form>`: a new account, or with `account` the roles of one. What was typed stays when it is refused.
 * Tells `made(answer)` when it is done.
 */
export class VgAccountForm extends Panel {
  @property({ attribute: false }) account: Account | null = null;
  @property({ attribute: false }) made!: (answer: Made) => void;
  @property({ attribute: false }) closed!: () => void;

  protected override firstUpdated(): void {
    this.querySelector<HTMLElement>("input")?.focus();
  }

  protected override render(): TemplateResult {
    const t = texts[this.desk.locale];
    const { account } = this;
    return html`<form class="account-form board-card" novalidate @submit=${this.submit} aria-label=${account === null ? t.add : `${t.changeRoles}: ${account.name}`}>
      <h2>${account === null ? t.add : html`${t.changeRoles}: <bdi>${account.name}</bdi>`}</h2>
      ${account === null ? this.who(t) : html`<p class="soft">${t.rolesAsk}</p>`}
      <fieldset><legend>${t.roles}</legend>
        ${ROLES.map((role) => html`<label class="inline"><input type="checkbox" name="roles" value=${role} data-testid="role-${role}" ?checked=${account?.roles.includes(role) === true} />${t.rolesOf[role] ?? role}</label>`)}
      </fieldset>
      <label class="inline"><input type="checkbox" name="in_house" data-testid="in-house" ?checked=${account?.in_house ?? true} /><span>${t.inHouse} <span class="soft">(${t.inHouseWhy})</span></span></label>
      <p class="problem" role="alert" data-testid="account-problem">${this.problem}</p>
      <div class="row end">
        <button type="button" @click=${() => this.closed()}>${this.desk.t.cancel}</button>
        <button class="primary" type="submit" data-testid="account-save" ?disabled=${this.busy}>${account === null ? t.add : t.save}</button>
      </div>
    </form>`;
  }

  private who(t: Words): TemplateResult {
    const field = (name: string, label: string, hint = ""): TemplateResult => html`<div class="field"><label for="account-${name}">${label}${hint === "" ? nothing : html` <span class="soft">(${hint})</span>`}</label>
      <input id="account-${name}" name=${name} autocomplete="off" type=${name === "email" ? "email" : "text"} data-testid="account-${name}" /></div>`;
    return html`${field("name", t.name, t.nameWhy)} ${field("email", t.email)}
      <div class="field"><label for="account-locale">${t.language}</label>
        <select id="account-locale" name="locale">${Object.entries(t.languages).map(([value, label]) => html`<option value=${value} ?selected=${value === this.desk.locale}>${label}</option>`)}</select></div>
      <fieldset><legend>${t.answersIn}</legend>
        ${Object.entries(t.languages).map(([value, label]) => html`<label class="inline"><input type="checkbox" name="languages" value=${value} checked />${label}</label>`)}
      </fieldset>`;
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    void this.go(new FormData(event.target as HTMLFormElement));
  };

  private async go(typed: FormData): Promise<void> {
    const { account, desk } = this;
    const rights = { roles: typed.getAll("roles"), in_house: typed.has("in_house") };
    await this.attempt(async () => {
      if (account === null) {
        const one = { name: typed.get("name"), email: typed.get("email"), locale: typed.get("locale"), languages: typed.getAll("languages") };
        this.made(await desk.api.post<Made>("/api/staff/accounts", { ...one, ...rights }));
      } else {
        const changed = await desk.api.post<Account>(`/api/staff/accounts/${encodeURIComponent(account.id)}/roles`, rights);
        this.made({ account: changed, password: null });
      }
    });
  }
}

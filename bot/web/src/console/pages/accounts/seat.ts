import { html, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { Panel } from "../panel";
import { texts } from "./texts";
import type { Account, Seat, Seats } from "./wire";

/** `<vg-seat>`: what one person is offered: skills, how many at once, and the tier. What was chosen stays when it is refused. */
export class VgSeat extends Panel {
  @property({ attribute: false }) account!: Account;
  @property({ attribute: false }) closed!: () => void;
  @state() private seats: Seats | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.attempt(async () => {
      this.seats = await this.desk.api.get<Seats>("/api/console/routing/seats");
    });
  }

  private get seat(): Seat | null {
    return this.seats?.seats.find((one) => one.staff_id === this.account.id) ?? null;
  }

  protected override render(): TemplateResult {
    const t = texts[this.desk.locale];
    const { seat, seats } = this;
    return html`<form class="account-form board-card" novalidate aria-label=${t.seatOf(this.account.name)} @submit=${this.submit}>
      <h2>${t.seatOf(this.account.name)}</h2>
      ${seat === null || seats === null
        ? nothing
        : html`<p class="soft">${seat.own ? t.seatOwn : t.seatDefault} ${t.seatLoad(seat.load)}</p>
            <fieldset><legend>${t.skills}</legend>
              ${seats.skills.map((one) => html`<label class="inline"><input type="checkbox" name="skills" value=${one.value} data-testid="skill-${one.value}" .checked=${seat.skills.includes(one.value)} />${one.label}</label>`)}
            </fieldset>
            <div class="field"><label for="seat-capacity">${t.capacity} <span class="soft">(${t.capacityWhy(seats.most)})</span></label>
              <input id="seat-capacity" name="capacity" type="number" min="0" max=${seats.most} inputmode="numeric" data-testid="seat-capacity" .value=${String(seat.capacity)} /></div>
            <div class="field"><label for="seat-tier">${t.tier}</label>
              <select id="seat-tier" name="tier" data-testid="seat-tier">${seats.tiers.map((one) => html`<option value=${one.value} ?selected=${one.value === seat.tier}>${one.label}</option>`)}</select></div>`}
      <p class="problem" role="alert" data-testid="seat-problem">${this.problem}</p>
      <div class="row end">
        <button type="button" @click=${() => this.closed()}>${t.close}</button>
        ${seat?.own === true ? html`<button type="button" data-testid="seat-reset" ?disabled=${this.busy} @click=${() => void this.put({})}>${t.seatReset}</button>` : nothing}
        <button type="submit" class="primary" data-testid="seat-save" ?disabled=${this.busy || seat === null}>${t.save}</button>
      </div>
    </form>`;
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    const typed = new FormData(event.target as HTMLFormElement);
    const capacity = typed.get("capacity");
    if (typeof capacity !== "string" || !/^\d{1,4}$/.test(capacity)) {
      this.problem = texts[this.desk.locale].capacityWhy(this.seats?.most ?? 0);
      return;
    }
    void this.put({ skills: typed.getAll("skills"), capacity: Number(capacity), tier: typed.get("tier") });
  };

  private async put(body: Record<string, unknown>): Promise<void> {
    await this.attempt(async () => {
      await this.desk.api.post(`/api/console/routing/seats/${encodeURIComponent(this.account.id)}`, body, "PUT");
      this.desk.say(texts[this.desk.locale].done);
      this.closed();
    });
  }
}

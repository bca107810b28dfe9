import { html, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import type { Colleague } from "../../saying";
import { Panel } from "../panel";
import { texts } from "./texts";
import type { Outcome } from "./wire";

const TIERS = ["support", "senior", "expert"] as const;

/** `<vg-bulk-hand>`: hands the selected conversations to a tier or a colleague, with one note. What was typed stays. */
export class VgBulkHand extends Panel {
  @property({ attribute: false }) ids: string[] = [];
  @property({ attribute: false }) made!: (outcomes: Outcome[]) => void;
  @state() private colleagues: Colleague[] = [];

  override connectedCallback(): void {
    super.connectedCallback();
    void this.attempt(async () => {
      const found = await this.desk.api.get<{ colleagues: Colleague[] }>("/api/console/routing/colleagues");
      this.colleagues = found.colleagues.filter((one) => one.may_hold && one.online);
    });
  }

  protected override render(): TemplateResult {
    const t = texts[this.desk.locale];
    const { teams } = this.desk.t;
    return html`<form class="search-form search-bulk" novalidate aria-label=${t.handTitle(this.ids.length)} @submit=${this.submit}>
      <b>${t.handTitle(this.ids.length)}</b>
      <div class="field"><label for="hand-to">${t.handTo}</label>
        <select id="hand-to" name="to" data-testid="hand-to">
          <option value="">${t.bulkPick}</option>
          <optgroup label=${this.desk.t.team}>${TIERS.map((one) => html`<option value="team:${one}">${teams[one]}</option>`)}</optgroup>
          <optgroup label=${this.desk.t.colleague}>${this.colleagues.map((one) => html`<option value="staff_id:${one.id}">${one.name}</option>`)}</optgroup>
        </select></div>
      <div class="field search-reason"><label for="hand-note">${t.handNote}</label><input id="hand-note" name="note" maxlength="2000" autocomplete="off" data-testid="hand-note" /></div>
      <button type="submit" class="primary" data-testid="hand-go" aria-disabled=${this.busy ? "true" : "false"}>${t.handGo}</button>
      <p class="problem" role="alert" data-testid="hand-problem">${this.problem}</p>
    </form>`;
  }

  private readonly submit = (event: Event): void => {
    event.preventDefault();
    if (this.busy) return;
    const typed = new FormData(event.target as HTMLFormElement);
    const chosen = typed.get("to");
    const [kind = "", id = ""] = typeof chosen === "string" ? chosen.split(":", 2) : [];
    const to = kind === "" ? {} : { [kind]: id };
    const body = { conversation_ids: this.ids, note: typed.get("note"), ...to };
    void this.attempt(async () => {
      const { outcomes } = await this.desk.api.post<{ outcomes: Outcome[] }>("/api/console/bulk/hand-over", body);
      const words = texts[this.desk.locale];
      this.made(outcomes.map((one) => (one.done ? { ...one, message: words.handed } : one)));
      this.desk.say(words.handDone(outcomes.filter((one) => one.done).length, outcomes.length));
    });
  };
}

import { html, nothing, type TemplateResult } from "lit";
import { state } from "lit/decorators.js";
import { clockTime } from "../../../shared/times";
import type { Act } from "../../acts";
import { wordsFor } from "../../api";
import { changeOf, handOverOf, takeBackOf } from "./acts";
import { Panel } from "../panel";
import { texts, type Words } from "./texts";
import type { Change, Rota, Shift, Team } from "./wire";
import "../board/page.css";
import "./page.css";

const ZONES = ["Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Europe/London", "America/New_York", "UTC"];
const PLUS_8H = 8 * 3_600_000;

function typed(at: number): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 16)}`;
}

/** `<vg-rota>`: who is on call by team, the weekly turns, and dated changes. What was typed stays when it is refused. */
export class VgRota extends Panel {
  @state() private rota: Rota | null = null;
  @state() private draft: Shift[] = [];
  @state() private changed = false;
  @state() private act: Act | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.read();
  }

  protected override render(): TemplateResult {
    const t = texts[this.desk.locale];
    const { rota } = this;
    return html`<div class="board rota">
      <h2 class="page-title">${t.title}</h2>
      <p class="problem" role="alert" data-testid="rota-problem">${this.problem}</p>
      ${rota === null ? html`<p class="empty" role="status">${t.loading}</p>` : html`${this.gaps(rota, t)} ${rota.teams.map((team) => this.team(team, rota, t))} ${this.saveBar(rota, t)}`}
      <vg-dialog .act=${this.act} .t=${this.desk.t} .run=${this.run} .closed=${() => (this.act = null)}></vg-dialog>
    </div>`;
  }

  private at(iso: string): string {
    return clockTime(iso, this.desk.locale);
  }

  private gaps(rota: Rota, t: Words): TemplateResult | typeof nothing {
    if (rota.gaps.length === 0) return nothing;
    return html`<section class="digest overdue" role="alert" data-testid="rota-gaps">
      <b>${t.gaps}</b>
      <ul>${rota.gaps.slice(0, 10).map((gap) => html`<li>${t.teams[gap.team] ?? gap.team}: ${t.gap(this.at(gap.start), this.at(gap.end))}</li>`)}</ul>
    </section>`;
  }

  private team(team: Team, rota: Rota, t: Words): TemplateResult {
    const name = t.teams[team.team] ?? team.team;
    const me = this.desk.me?.id ?? "";
    const turns = this.draft.map((shift, index) => ({ shift, index })).filter(({ shift }) => shift.team === team.team);
    const dated = rota.overrides.filter((one) => one.team === team.team);
    const onDuty = team.on_call.some((one) => one.id === me);
    return html`<section class="board-card" aria-label=${name} data-testid="rota-team" data-team=${team.team}>
      <h2>${name} ${team.never_closed ? html`<span class="soft">${t.neverClosed}</span>` : nothing}</h2>
      <p><b>${t.onCallNow}:</b> ${team.on_call.length === 0
        ? html`<span class=${team.never_closed ? "warn" : "soft"}>${t.nobody}</span>`
        : team.on_call.map((one) => html`<span class="chip"><bdi>${one.name}</bdi>${one.until === null ? nothing : html` <span class="soft">${t.until(this.at(one.until))}</span>`}</span>`)}
        ${onDuty ? html`<button type="button" class="small" @click=${() => (this.act = handOverOf(team, me, t))}>${t.handOver}</button>` : nothing}
      </p>
      <h3>${t.weekly}</h3>
      ${turns.length === 0 ? html`<p class="soft">${t.noTurns}</p>` : html`<ul class="turns">${turns.map(({ shift, index }) => this.turn(shift, index, team, rota, t))}</ul>`}
      ${rota.may_edit ? html`<div class="row"><button type="button" class="small" data-testid="add-turn" @click=${() => this.add(team)}>${t.addTurn}</button></div>` : nothing}
      <h3>${t.changes}</h3>
      ${dated.length === 0 ? html`<p class="soft">${t.noChanges}</p>` : html`<ul class="turns">${dated.map((one) => this.change(one, team, rota, t))}</ul>`}
      ${rota.may_edit
        ? html`<div class="row"><button type="button" class="small" data-testid="add-change" @click=${() => (this.act = changeOf(team, t, typed(Date.now()), typed(Date.now() + PLUS_8H)))}>${t.addChange}</button></div>`
        : nothing}
    </section>`;
  }

  private turn(shift: Shift, index: number, team: Team, rota: Rota, t: Words): TemplateResult {
    const known = team.may_serve.some((one) => one.id === shift.staff_id);
    const person = team.may_serve.find((one) => one.id === shift.staff_id)?.name ?? shift.staff_id;
    const input = (name: "start" | "end", label: string): TemplateResult => html`<label>${label}
      <input size="5" maxlength="5" inputmode="numeric" .value=${shift[name]} ?disabled=${!rota.may_edit} @change=${(e: Event) => this.set(index, { [name]: (e.target as HTMLInputElement).value.trim() })}
    /></label>`;
    return html`<li class="turn" data-testid="turn">
      <label>${t.person}
        <select ?disabled=${!rota.may_edit} data-testid="turn-person" @change=${(e: Event) => this.set(index, { staff_id: (e.target as HTMLSelectElement).value })}>
          ${known ? nothing : html`<option value=${shift.staff_id} selected>${shift.staff_id === "" ? "–" : shift.staff_id}</option>`}
          ${team.may_serve.map((one) => html`<option value=${one.id} ?selected=${one.id === shift.staff_id}>${one.name}</option>`)}
        </select>
      </label>
      <fieldset class="weekdays"><legend class="visually-hidden">${t.days}: ${person}</legend>
        ${t.weekdays.map((day, n) => html`<label class="day"><input type="checkbox" ?disabled=${!rota.may_edit} .checked=${shift.days.includes(n)} @change=${() => this.toggle(index, n)} />${day}</label>`)}
      </fieldset>
      ${input("start", t.from)} ${input("end", t.to)}
      <label>${t.zone}<input list="rota-zones" .value=${shift.zone} ?disabled=${!rota.may_edit} @change=${(e: Event) => this.set(index, { zone: (e.target as HTMLInputElement).value.trim() })} /></label>
      ${rota.may_edit ? html`<button type="button" class="small" aria-label="${t.removeTurn}: ${person}" @click=${() => this.drop(index)}>${t.removeTurn}</button>` : nothing}
    </li>`;
  }

  private change(one: Change, team: Team, rota: Rota, t: Words): TemplateResult {
    const name = (id: string | null): string => team.may_serve.find((person) => person.id === id)?.name ?? id ?? "";
    return html`<li class="change" data-testid="change">
      <span><b>${this.at(one.starts)} – ${this.at(one.ends)}</b>
        ${one.staff_id === null ? nothing : html`· ${t.on}: <bdi>${name(one.staff_id)}</bdi>`} ${one.replaces_id === null ? nothing : html`· ${t.off}: <bdi>${name(one.replaces_id)}</bdi>`}
        <span class="soft">· ${t.kinds[one.kind] ?? one.kind} · ${one.reason}</span></span>
      ${rota.may_edit ? html`<button type="button" class="small" data-testid="take-back" aria-label="${t.takeBack}: ${this.at(one.starts)}" @click=${() => (this.act = takeBackOf(one, t))}>${t.takeBack}</button>` : nothing}
    </li>`;
  }

  private saveBar(rota: Rota, t: Words): TemplateResult {
    return html`<datalist id="rota-zones">${ZONES.map((zone) => html`<option value=${zone}></option>`)}</datalist>
      ${!rota.may_edit
        ? html`<p class="soft">${t.readOnly}</p>`
        : html`<div class="save-bar" ?hidden=${!this.changed}>
            <b>${t.unsaved}</b>
            <button type="button" class="primary" data-testid="rota-save" @click=${() => void this.save(t)}>${t.save}</button>
            <button type="button" @click=${() => void this.read()}>${t.discard}</button>
          </div>`}`;
  }

  private set(index: number, part: Partial<Shift>): void {
    this.draft = this.draft.map((shift, n) => (n === index ? { ...shift, ...part } : shift));
    this.changed = true;
  }

  private toggle(index: number, day: number): void {
    const days = this.draft[index]?.days ?? [];
    this.set(index, { days: days.includes(day) ? days.filter((one) => one !== day) : [...days, day].sort() });
  }

  private add(team: Team): void {
    const zone = this.draft[0]?.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.draft = [...this.draft, { team: team.team, staff_id: team.may_serve[0]?.id ?? "", days: [0, 1, 2, 3, 4, 5, 6], start: "00:00", end: "24:00", zone }];
    this.changed = true;
  }

  private drop(index: number): void {
    this.draft = this.draft.filter((_, n) => n !== index);
    this.changed = true;
  }

  private take(rota: Rota): void {
    this.rota = rota;
    this.draft = rota.shifts.map(({ team, staff_id, days, start, end, zone }) => ({ team, staff_id, days, start, end, zone }));
    [this.changed, this.problem] = [false, ""];
  }

  private async read(): Promise<void> {
    try {
      this.take(await this.desk.api.get<Rota>("/api/paging/rota"));
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
    }
  }

  /** What is typed goes on from the fresh rota only if nobody else has changed the turns meanwhile; else saving says so. */
  private keepDraft(fresh: Rota): void {
    const same = JSON.stringify(fresh.shifts) === JSON.stringify(this.rota?.shifts);
    this.rota = same ? fresh : { ...fresh, version: this.rota?.version ?? fresh.version };
  }

  private async save(t: Words): Promise<void> {
    try {
      this.take(await this.desk.api.post<Rota>("/api/paging/rota", { version: this.rota?.version ?? 0, shifts: this.draft }, "PUT"));
      this.desk.say(t.saved);
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
      this.querySelector("[data-testid=rota-problem]")?.scrollIntoView({ block: "nearest" });
    }
  }

  /** A dated change is written at once; the weekly draft, if there is one, is left as it is typed. */
  private readonly run = async (act: Act, body: Record<string, unknown>): Promise<string> => {
    try {
      if (act.name === "take_back") await this.desk.api.post(`${act.path}?reason=${encodeURIComponent(String(body.reason))}`, undefined, "DELETE");
      else await this.desk.api.post(act.path, body);
      const fresh = await this.desk.api.get<Rota>("/api/paging/rota");
      if (this.changed) this.keepDraft(fresh);
      else this.take(fresh);
      this.desk.say(texts[this.desk.locale].done);
      return "";
    } catch (error) {
      return wordsFor(error, this.desk.t);
    }
  };
}

customElements.define("vg-rota", VgRota);

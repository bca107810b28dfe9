import { html, LitElement, nothing, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { askFor, isOver, mainCase, type Act } from "../acts";
import { wordsFor } from "../api";
import type { Desk } from "../desk";
import { rideTexts, type RideTexts } from "./ride-texts";

interface Ride {
  id: string;
  order_number: string;
  live: boolean;
  at: string;
  pickup: string;
  destination: string;
  plate: string | null;
  driver: string | null;
  passenger: string;
}

interface Rides {
  trips: Ride[];
  more: boolean;
}

const FIELDS = ["plate", "order", "phone"] as const;
type Clues = Record<(typeof FIELDS)[number], string>;

function act(name: string, path: string, title: string, ask: string, c: RideTexts, more: Record<string, unknown>): Act {
  return {
    name, path, title, ask, fields: [{ name: "reason", label: c.reason, kind: "area", required: true, testid: "ride-reason" }], weighty: true,
    body: (values) => ({ ...values, ...more }),
  };
}

/** Looking for the ride that a case is about, and saying which it is. */
export class VgRide extends LitElement {
  @property({ attribute: false }) desk!: Desk;
  @property() conversation = "";
  @state() private clues: Clues = { plate: "", order: "", phone: "" };
  @state() private reporters = false;
  @state() private found: Rides | null = null;
  @state() private problem = "";
  @state() private busy = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override willUpdate(changed: Map<PropertyKey, unknown>): void {
    // Another conversation is another search.
    if (changed.has("conversation")) {
      this.clues = { plate: "", order: "", phone: "" };
      this.reporters = false;
      this.found = null;
      this.problem = "";
    }
  }

  protected override render(): TemplateResult {
    const c = rideTexts[this.desk.locale];
    const nothingGiven = !this.reporters && FIELDS.every((name) => this.clues[name].trim() === "");
    return html`<form @submit=${this.look}>
        <p class="soft">${c.why}</p>
        ${FIELDS.map(
          (name) => html`<div class="field">
            <label for="ride-${name}">${c[name]}</label>
            <input id="ride-${name}" autocomplete="off" .value=${this.clues[name]} data-testid="ride-${name}"
              @input=${(event: Event) => (this.clues = { ...this.clues, [name]: (event.target as HTMLInputElement).value })} />
          </div>`,
        )}
        <label class="inline"
          ><input type="checkbox" .checked=${this.reporters} @change=${(event: Event) => (this.reporters = (event.target as HTMLInputElement).checked)} />${c.reporters}</label
        >
        <p class="problem" role="alert">${this.problem}</p>
        <div class="row">
          <button type="submit" class="small" data-testid="ride-look" ?disabled=${this.busy || nothingGiven}>${this.busy ? c.looking : c.look}</button>
          ${this.clues.plate.trim() === ""
            ? nothing
            : html`<button type="button" class="small" data-testid="ride-hold" @click=${this.hold}>${c.hold}</button>`}
        </div>
      </form>
      <div role="status">${this.found === null ? nothing : this.results(this.found, c)}</div>`;
  }

  private results(found: Rides, c: RideTexts): TemplateResult {
    if (found.trips.length === 0) return html`<p class="soft">${c.none}</p>`;
    return html`<ul class="care-tasks">
        ${found.trips.map(
          (ride) => html`<li class="care-task" data-testid="ride-found">
            <div class="care-line">
              <b>${ride.plate ?? "–"}</b> <bdi>${ride.driver ?? ""}</bdi>
              <time datetime=${ride.at}>${new Date(ride.at).toLocaleString(this.desk.locale)}</time>
              ${ride.live ? html`<span class="warn">${c.live}</span>` : nothing}
            </div>
            <small>${ride.pickup} → ${ride.destination} · <bdi>${ride.passenger}</bdi> · ${ride.order_number}</small>
            <div class="row">
              <button type="button" class="small" aria-label="${c.choose}: ${ride.order_number}" @click=${(event: Event) => this.choose(event, ride)}>${c.choose}</button>
            </div>
          </li>`,
        )}
      </ul>
      ${found.more ? html`<p class="soft">${c.more}</p>` : nothing}`;
  }

  private choose(event: Event, ride: Ride): void {
    const c = rideTexts[this.desk.locale];
    const title = [c.choose, ride.plate, ride.order_number].filter(Boolean).join(" · ");
    askFor(event.currentTarget, act("trip", "trip", title, c.chooseAsk, c, { trip_id: ride.id }));
  }

  private readonly hold = (event: Event): void => {
    const c = rideTexts[this.desk.locale];
    const plate = this.clues.plate.trim();
    askFor(event.currentTarget, act("hold-plate", "hold-plate", `${c.hold} · ${plate}`, c.holdAsk, c, { plate }));
  };

  private readonly look = async (event: Event): Promise<void> => {
    event.preventDefault();
    const asked = this.conversation;
    this.busy = true;
    this.problem = "";
    try {
      const url = `/api/console/conversations/${encodeURIComponent(asked)}/trips`;
      const found = await this.desk.api.post<Rides>(url, { ...this.clues, reporters: this.reporters });
      if (asked === this.conversation) this.found = found;
    } catch (error) {
      this.found = null;
      this.problem = wordsFor(error, this.desk.t);
    }
    this.busy = false;
  };
}

customElements.define("vg-ride", VgRide);

/** Shown to whoever may stop a driver, while a case is open; unfolded while no ride is known. */
export function rideCard(desk: Desk): TemplateResult | typeof nothing {
  const { detail, selected } = desk;
  if (detail === null || selected === null || detail.forbidden_because?.hold !== undefined) return nothing;
  const main = mainCase(detail);
  if (main === null || isOver(main)) return nothing;
  const c = rideTexts[desk.locale];
  return html`<details class="card" data-testid="ride-card" ?open=${detail.trip === null}>
    <summary>${c.title}</summary>
    <vg-ride .desk=${desk} conversation=${selected}></vg-ride>
  </details>`;
}

import { html, nothing, type TemplateResult } from "lit";
import { clockTime } from "../shared/times";
import type { Desk } from "./desk";
import { fact } from "./fact";
import { tripMap } from "./map";
import { plain } from "./plain";
import { priceTexts } from "./texts/price";
import type { Driver, Party, Trip } from "./wire";

function party(person: Party | null | undefined, locale: Desk["locale"]): string {
  return person == null ? "" : [plain(person.name, locale), person.phone ?? ""].filter(Boolean).join(" · ");
}

/** A driver's photo is shown only from this desk or inline: the page loads nothing from elsewhere. */
function photo(driver: Driver): TemplateResult {
  const source = driver.photo ?? "";
  if (source.startsWith("data:image/") || (source.startsWith("/") && !source.startsWith("//"))) {
    return html`<img class="photo" src=${source} alt="" width="56" height="56" />`;
  }
  return html`<span class="photo" aria-hidden="true">${Array.from(driver.name ?? "?")[0]}</span>`;
}

function driverCard(driver: Driver, desk: Desk): TemplateResult {
  const { t, locale } = desk;
  return html`<div class="driver">
    ${photo(driver)}
    <div>
      ${driver.plate ? html`<span class="plate" data-testid="case-plate" title=${t.plate}>${driver.plate}</span>` : nothing}
      <b data-testid="case-driver">${driver.name ?? t.driver}</b>
      <p class="soft">
        ${[plain(driver.vehicle, locale), driver.phone ?? "", driver.rating == null ? "" : `${t.rating} ${driver.rating}`, driver.on_dispatch === false ? t.offDispatch : ""].filter(Boolean).join(" · ")}
      </p>
    </div>
  </div>`;
}

function position(trip: Trip, desk: Desk): TemplateResult {
  const { t } = desk;
  if (trip.position == null) return html`<p class="warn">${t.noPosition}</p>`;
  const words = `${trip.position.lat.toFixed(5)}, ${trip.position.lng.toFixed(5)}`;
  return html`<p class="position">
    <span>${t.position}: <b data-testid="case-position">${words}</b> · <vg-clock from=${trip.position.at} words=${t.positionAge("%")}></vg-clock></span>
    <button
      type="button"
      class="small"
      @click=${() => {
        void navigator.clipboard.writeText(words).then(() => desk.say(t.copied), () => undefined);
      }}
    >
      ${t.copy}
    </button>
  </p>`;
}

/** When the car is expected, as the platform says it: minutes, and the clock time on this screen. */
function arrival(eta: unknown, desk: Desk): string {
  const { minutes, at } = (eta ?? {}) as { minutes?: unknown; at?: unknown };
  if (typeof minutes !== "number") return plain(eta, desk.locale);
  const time = typeof at === "string" ? clockTime(at, desk.locale) : "";
  return [desk.t.minutes(Math.round(minutes)), time].filter(Boolean).join(" · ");
}

/** What the ride costs or did cost, with what an agent must know of it: the surge, what is unpaid, what went back. */
function price(value: unknown, desk: Desk): string {
  const { locale } = desk;
  const words = priceTexts[locale];
  const { total, surge, paid, refunded } = (value ?? {}) as { total?: unknown; surge?: unknown; paid?: unknown; refunded?: { amount?: unknown } | null };
  if (total === undefined) return plain(value, locale);
  return [
    plain(total, locale),
    Number(surge ?? 1) > 1 ? words.surge(Number(surge)) : "",
    paid === false ? words.unpaid : "",
    Number(refunded?.amount ?? 0) > 0 ? words.refunded(plain(refunded, locale)) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The platform's local time reads as it stands: it is the wall clock at the vehicle, not the agent's. */
function wallClock(local: string | null | undefined): string {
  return local == null ? "" : local.slice(0, 16).replace("T", " ");
}

export function tripCard(trip: Trip, desk: Desk): TemplateResult {
  const { t, locale } = desk;
  const contacts = (trip.emergency_contacts ?? []).map((c) => [c.name, c.relation, c.phone].filter(Boolean).join(" "));
  const same = party(trip.rider, locale) === party(trip.passenger, locale) || trip.passenger == null;
  return html`<section class="card trip">
    <h2>${t.trip} <span class="soft">${[trip.order_number, trip.live ? t.liveTrip : (trip.status_label ?? trip.status)].filter(Boolean).join(" · ")}</span></h2>
    ${trip.stale ? html`<p class="warn">${t.stale}</p>` : nothing}
    ${trip.driver == null ? nothing : driverCard(trip.driver, desk)} ${position(trip, desk)} ${tripMap(trip, t)}
    <dl>
      ${fact(t.pickup, plain(trip.pickup, locale))} ${fact(t.destination, plain(trip.destination, locale))}
      ${fact(t.localTime, [trip.city ?? "", wallClock(trip.local_time)].filter(Boolean).join(" · "))}
      ${fact(t.eta, arrival(trip.eta, desk))} ${fact(t.delay, plain(trip.delay, locale))}
      ${trip.device_last_seen ? fact(t.deviceSeen, html`<vg-clock from=${trip.device_last_seen} words=${t.ago("%")}></vg-clock>`) : nothing}
      ${fact(t.rider, party(trip.rider, locale))} ${same ? nothing : fact(t.passenger, party(trip.passenger, locale))}
      ${fact(t.contacts, contacts.join(" · "))}
      ${fact(t.quote, price(trip.quote, desk))} ${fact(t.charge, price(trip.charge, desk))}
    </dl>
  </section>`;
}

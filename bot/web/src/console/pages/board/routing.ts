import { html, nothing, type TemplateResult } from "lit";
import type { Desk } from "../../desk";
import { gradeBadge } from "../../queue-pane";
import type { Words } from "./texts";
import type { LiveOffer, LiveSeat, Routing } from "./wire";

type Open = (conversation: string) => void;

function offerRow(one: LiveOffer, desk: Desk, open: Open): TemplateResult {
  const what = [one.reference, one.label ?? desk.t.conversation].filter(Boolean).join(" · ");
  return html`<tr data-testid="board-offer" data-conversation=${one.conversation_id}>
    <th scope="row">${gradeBadge(one.grade, desk.t)} <button type="button" class="link-like" @click=${() => open(one.conversation_id)}>${what}</button></th>
    <td><bdi>${one.name}</bdi></td>
    <td><span class="clock"><vg-clock due=${one.until} words=${desk.t.dueIn("%")} late=${desk.t.overdue("%")}></vg-clock></span></td>
  </tr>`;
}

function offers(live: Routing, desk: Desk, t: Words, open: Open): TemplateResult {
  return html`<section class="board-card">
    <h2>${t.offers} <span class="soft">${live.offers.length}</span></h2>
    ${live.offers.length === 0
      ? html`<p class="soft">${t.offersNone}</p>`
      : html`<div class="wide-table tall" role="region" tabindex="0" aria-label=${t.offers}><table class="live">
          <thead><tr><th scope="col">${t.conversation}</th><th scope="col">${t.offeredTo}</th><th scope="col">${t.takeUntil}</th></tr></thead>
          <tbody>${live.offers.map((one) => offerRow(one, desk, open))}</tbody>
        </table></div>`}
  </section>`;
}

/** Whether there is room: who is away or takes none has none, whatever their capacity. */
function full(one: LiveSeat): boolean {
  return one.load >= one.capacity;
}

function seatRow(one: LiveSeat, live: Routing, t: Words): TemplateResult {
  const named = (list: Routing["skills"], value: string): string => list.find((each) => each.value === value)?.label ?? value;
  const room = one.capacity === 0 ? html`${one.load} <span class="soft">${t.offeredNothing}</span>` : html`${one.load}/${one.capacity}${full(one) ? html` <b class="warn">${t.full}</b>` : nothing}`;
  return html`<tr data-testid="board-seat" data-staff=${one.staff_id}>
    <th scope="row"><bdi>${one.name}</bdi></th>
    <td>${one.there ? html`<span class="met">● ${t.here}</span>` : html`<span class="soft">○ ${t.away}</span>`}</td>
    <td>${one.taking ? t.takes : html`<b class="warn">${t.takesNone}</b>`}</td>
    <td>${room}</td>
    <td>${named(live.tiers, one.tier)}</td>
    <td>${one.skills.map((skill) => named(live.skills, skill)).join(t.comma)}</td>
  </tr>`;
}

function seats(live: Routing, t: Words): TemplateResult {
  const here = live.seats.filter((one) => one.there);
  const free = here.filter((one) => one.taking && !full(one)).reduce((sum, one) => sum + one.capacity - one.load, 0);
  const heads = [t.who, t.presence, t.newOnes, t.room, t.tier, t.skills];
  return html`<section class="board-card">
    <h2>${t.seats} <span class="soft">${t.seatsSum(here.length, live.seats.length, free)}</span></h2>
    <div class="wide-table tall" role="region" tabindex="0" aria-label=${t.seats}><table class="live">
      <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
      <tbody>${live.seats.map((one) => seatRow(one, live, t))}</tbody>
    </table></div>
  </section>`;
}

/** Who is offered which conversation until when, and who is there for the next one. */
export function routing(live: Routing | null, desk: Desk, t: Words, open: Open): TemplateResult | typeof nothing {
  if (live === null) return nothing;
  return html`<div class="board-pair" data-testid="board-routing">${offers(live, desk, t, open)} ${seats(live, t)}</div>`;
}

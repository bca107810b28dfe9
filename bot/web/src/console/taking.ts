import { html, nothing, type TemplateResult } from "lit";
import { wordsFor } from "./api";
import type { Desk } from "./desk";
import { routingTexts } from "./texts/routing";

/** Whether this person is offered new conversations; shown to those who may take them. */
export function takingButton(desk: Desk): TemplateResult | typeof nothing {
  const taking = desk.queue?.taking;
  if (taking === undefined || desk.me?.acts.includes("accept_routine") !== true) return nothing;
  const words = routingTexts[desk.locale];
  const change = async (): Promise<void> => {
    try {
      await desk.api.post("/api/console/routing/me", { taking: !taking });
    } catch (error) {
      desk.complain(wordsFor(error, desk.t));
    }
    await desk.refreshQueue();
  };
  return html`<button type="button" class="small" aria-pressed=${taking ? "true" : "false"} title=${words.takingWhy} data-testid="taking" @click=${() => void change()}>
    ${taking ? `● ${words.taking}` : `○ ${words.notTaking}`}
  </button>`;
}

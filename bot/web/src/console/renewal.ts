import { html, nothing, type TemplateResult } from "lit";
import { outdated } from "../shared/build";
import type { Desk } from "./desk";
import { aboveTexts } from "./texts/above";

/** Fields whose content outlives the page by itself (drafts), or that hold nothing worth keeping. */
const KEPT = "#reply, #filter, #palette-search, [type=search], [type=checkbox], [type=radio]";
const AGAIN = "vigil:console:again";

/**
 * A console that was left open while the desk got a newer one: it says so and offers the one button that loads it. It never
 * loads itself anew. The answer that is being written is a draft and stays; what stands in other forms is asked about first.
 */
export class Renewal {
  private readonly typed = new Set<HTMLInputElement>();
  private old = false;
  private asked = false;

  constructor(private readonly changed: () => void) {}

  /** Takes the build that the desk says it serves. */
  told(version: string | undefined): void {
    this.old = outdated(version);
  }

  /** A part of this page could not be had: the desk has only a newer one's. */
  partMissing(): void {
    this.old = true;
    this.changed();
  }

  /** Notes a field in which somebody types. */
  readonly onInput = (event: Event): void => {
    const field = event.composedPath()[0];
    if (field instanceof HTMLElement && field.matches("input, textarea") && !field.matches(KEPT)) this.typed.add(field as HTMLInputElement);
  };

  /** The conversation that was open before the page was loaded anew from here, once. */
  static again(): string | null {
    try {
      const id = sessionStorage.getItem(AGAIN);
      sessionStorage.removeItem(AGAIN);
      return id;
    } catch {
      return null;
    }
  }

  view(desk: Desk): TemplateResult | typeof nothing {
    if (!this.old) return nothing;
    const t = aboveTexts[desk.locale];
    const unsaved = this.asked && this.unsaved();
    return html`<section class="renewal" role="status" data-testid="new-version">
      <span>${unsaved ? t.unsavedForm : t.newVersion}</span>
      <button type="button" class="small primary" data-testid="new-version-load" @click=${() => this.load(desk)}>
        ${unsaved ? t.loadAnyway : t.loadNew}
      </button>
    </section>`;
  }

  private unsaved(): boolean {
    return [...this.typed].some((field) => field.isConnected && field.value.trim() !== "");
  }

  private load(desk: Desk): void {
    if (this.unsaved() && !this.asked) {
      this.asked = true;
      this.changed();
      return;
    }
    try {
      if (desk.selected !== null) sessionStorage.setItem(AGAIN, desk.selected);
    } catch {
      // The conversation is chosen again by hand.
    }
    location.reload();
  }
}

import { LitElement } from "lit";
import { property, state } from "lit/decorators.js";
import { wordsFor } from "../api";
import type { Desk } from "../desk";

/** A form beside the desk: in the page's own styles, with one thing under way at a time and words for what went wrong. */
export class Panel extends LitElement {
  @property({ attribute: false }) desk!: Desk;
  @state() protected problem = "";
  @state() protected busy = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Does `work`; what it raises is shown as the problem, and what was typed stays. */
  protected async attempt(work: () => Promise<void>): Promise<void> {
    [this.busy, this.problem] = [true, ""];
    try {
      await work();
    } catch (error) {
      this.problem = wordsFor(error, this.desk.t);
    }
    this.busy = false;
  }
}

import { span } from "../shared/times";

const listeners = new Set<() => void>();
let offset = 0;

/** Tells the page's clocks the desk's time, so that a wrong clock on an agent's machine moves no deadline. */
export function setDeskTime(iso: string): void {
  const at = Date.parse(iso);
  if (!Number.isNaN(at)) offset = at - Date.now();
}

/** The desk's time now, in milliseconds since 1970. */
export function deskNow(): number {
  return Date.now() + offset;
}

setInterval(() => {
  for (const tick of listeners) tick();
}, 1_000);

/**
 * `<vg-clock due="…">` counts down to a time, `<vg-clock from="…">` up since one. The words around the span come from
 * `words` (in time) and `late` (after it); both hold `%`. It carries the class `overdue` once a due time has passed.
 */
export class VgClock extends HTMLElement {
  static observedAttributes = ["due", "from", "words", "late"];

  connectedCallback(): void {
    listeners.add(this.tick);
    this.tick();
  }

  disconnectedCallback(): void {
    listeners.delete(this.tick);
  }

  attributeChangedCallback(): void {
    this.tick();
  }

  private readonly tick = (): void => {
    const due = this.getAttribute("due");
    const at = Date.parse(due ?? this.getAttribute("from") ?? "");
    if (Number.isNaN(at)) {
      this.textContent = "";
      return;
    }
    const seconds = (due === null ? deskNow() - at : at - deskNow()) / 1_000;
    const overdue = due !== null && seconds < 0;
    const words = this.getAttribute(overdue ? "late" : "words") ?? "%";
    // The page says its language at its root.
    const locale = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
    const text = words.replace("%", span(overdue ? seconds : Math.max(0, seconds), locale));
    if (this.textContent !== text) this.textContent = text;
    this.classList.toggle("overdue", overdue);
    this.classList.toggle("soon", due !== null && !overdue && seconds < 60);
  };
}

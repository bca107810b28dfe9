/** The longest a press keeps the page still, in milliseconds: a release that the browser never tells of must not hide an alarm. */
const LONGEST_MS = 3_000;
/** How long after a finger has left the glass its click may still come, in milliseconds; a mouse's comes with the release. */
const TAP_MS = 350;
const PRESSED = "button, a, summary, label, select, [role=button]";

/**
 * Keeps what is under the finger where it is. A page that changes between pressing a button and letting it go gives the
 * click to what has come into its place, or to nothing: whoever pressed "emergency call" would get another act.
 */
export class Press {
  private ended: Promise<void> | null = null;
  private end: () => void = () => undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly root: HTMLElement) {}

  open(): void {
    this.root.addEventListener("pointerdown", this.down);
    for (const kind of ["pointerup", "pointercancel", "click", "blur"]) addEventListener(kind, this.up, true);
  }

  close(): void {
    this.root.removeEventListener("pointerdown", this.down);
    for (const kind of ["pointerup", "pointercancel", "click", "blur"]) removeEventListener(kind, this.up, true);
    this.end();
  }

  /** The end of the press that goes on now, or null if the page may change at once. */
  get over(): Promise<void> | null {
    return this.ended;
  }

  private readonly down = (event: PointerEvent): void => {
    // The first of the path: what lies in a shadow root is told to those outside as its host.
    const [target] = event.composedPath();
    if (!event.isPrimary || event.button !== 0 || !(target instanceof Element) || target.closest(PRESSED) === null) return;
    this.end();
    this.ended = new Promise((resolve) => {
      this.end = () => {
        clearTimeout(this.timer);
        this.ended = null;
        this.end = () => undefined;
        resolve();
      };
      this.endIn(LONGEST_MS);
    });
  };

  private endIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(), ms);
  }

  // The click comes after the release, and must still find its button.
  private readonly up = (event: Event): void => {
    if (this.ended === null || (event.type === "blur" && event.target !== window)) return;
    this.endIn(event.type === "pointerup" && (event as PointerEvent).pointerType !== "mouse" ? TAP_MS : 0);
  };
}

/**
 * Keeps the keyboard where it was while rows change places. A row that moves, because its clock has come first, is taken out
 * of the page and put in again, and the browser forgets that it had the focus: the next key would do nothing.
 */
export class Focus {
  private held: HTMLElement | null = null;

  constructor(private readonly root: HTMLElement) {}

  /** Call before the page changes. */
  note(): void {
    const now = document.activeElement;
    this.held = now instanceof HTMLElement && this.root.contains(now) ? now : null;
  }

  /** Call after it has changed. */
  restore(): void {
    const { held } = this;
    if (held === null || document.activeElement !== document.body) return;
    (held.isConnected ? held : this.again(held))?.focus({ preventScroll: true });
  }

  /** The same button of the same conversation, where its row was made anew. */
  private again(lost: HTMLElement): HTMLElement | null {
    const row = lost.closest<HTMLElement>("[data-conversation]");
    const of = `[data-conversation="${CSS.escape(row?.dataset.conversation ?? "")}"]`;
    const name = row === null ? undefined : lost.dataset.testid;
    if (name === undefined) return null;
    const own = `[data-testid="${CSS.escape(name)}"]`;
    return this.root.querySelector<HTMLElement>(`${of}${own}, ${of} ${own}`);
  }
}

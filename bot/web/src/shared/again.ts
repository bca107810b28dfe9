import type { ReactiveController, ReactiveControllerHost } from "lit";

type Host = ReactiveControllerHost & { readonly isConnected: boolean };

/**
 * Looks at the desk when its element comes onto a page, and again `everyMs` after each look has ended until the element
 * leaves, or until a look answers `false`. `look` tells its own failures.
 */
export class Again implements ReactiveController {
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly host: Host,
    private readonly everyMs: number,
    private readonly look: () => Promise<unknown>,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    void this.now();
  }

  hostDisconnected(): void {
    clearTimeout(this.timer);
  }

  /** Looks at once, because something was done. */
  async now(): Promise<void> {
    clearTimeout(this.timer);
    const more = await this.look();
    // Two looks at a time leave one timer.
    clearTimeout(this.timer);
    if (more !== false && this.host.isConnected) this.timer = setTimeout(() => void this.now(), this.everyMs);
  }
}

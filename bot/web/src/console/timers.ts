/** The least time between two looks that the desk's hints ask for, in milliseconds. */
const GATHER_MS = 120;

/** Timers by name: one kind begins anew whenever it is set, the other gathers what comes and does not let itself be put off. */
export class Timers {
  private readonly set = new Map<string, ReturnType<typeof setTimeout>>();
  /** gathered work that is under way: true if it was asked for again meanwhile */
  private readonly running = new Map<string, boolean>();

  /** Does `work` once nothing has set `name` again for `wait` milliseconds. */
  after(name: string, wait: number, work: () => unknown): void {
    clearTimeout(this.set.get(name));
    this.set.set(
      name,
      setTimeout(() => {
        this.set.delete(name);
        void work();
      }, wait),
    );
  }

  /**
   * Does `work` soon, once for all that ask meanwhile, never twice at a time. In a storm of hints it is done again and again:
   * put off until the storm is over, a new emergency in it would not be seen. When the desk is slow the looks become fewer.
   */
  gather(name: string, work: () => Promise<unknown>, wait = GATHER_MS): void {
    if (this.running.has(name)) this.running.set(name, true);
    else if (!this.set.has(name)) this.after(name, wait, () => this.run(name, work));
  }

  clear(): void {
    this.set.forEach((timer) => clearTimeout(timer));
    this.set.clear();
  }

  private async run(name: string, work: () => Promise<unknown>): Promise<void> {
    const began = performance.now();
    this.running.set(name, false);
    try {
      await work();
    } finally {
      const again = this.running.get(name) === true;
      this.running.delete(name);
      if (again) this.gather(name, work, Math.max(GATHER_MS, performance.now() - began));
    }
  }
}

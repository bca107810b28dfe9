interface Look {
  key: string;
  control: AbortController;
  again: boolean;
  over: Promise<void>;
}

export interface Found<T> {
  got: (value: T) => void;
  failed: (error: unknown) => void;
}

/**
 * Reads one thing at a time, the one wanted last. Who steps through the queue with the keys asks for a conversation at each
 * step: the one they stop at must not wait behind those they went past.
 */
export class Newest<T> {
  private going: Look | null = null;

  constructor(
    private readonly read: (key: string, signal: AbortSignal) => Promise<T>,
    private readonly found: Found<T>,
  ) {}

  /** Ends when something has been read that is no older than this call, or could not be read, or another key was wanted. */
  look(key: string): Promise<void> {
    if (this.going?.key === key) {
      this.going.again = true;
      return this.going.over;
    }
    this.stop();
    const look: Look = { key, control: new AbortController(), again: false, over: Promise.resolve() };
    this.going = look;
    look.over = this.follow(look);
    return look.over;
  }

  /** Nothing is wanted any more. */
  stop(): void {
    this.going?.control.abort();
    this.going = null;
  }

  private async follow(look: Look): Promise<void> {
    do {
      look.again = false;
      try {
        const value = await this.read(look.key, look.control.signal);
        if (this.going === look) this.found.got(value);
      } catch (error) {
        if (this.going === look) this.found.failed(error);
      }
    } while (this.onceMore(look));
    if (this.going === look) this.going = null;
  }

  private onceMore(look: Look): boolean {
    return look.again && this.going === look;
  }
}

import { Refused, Unreachable } from "../shared/http";
import type { Accepted } from "../shared/wire";
import { unknownHere } from "./session";
import type { Pending, Shelf } from "./shelf";

export interface OutboxHooks {
  /** Takes one message to the desk, and gets a new session where the old one is refused. Throws Refused, Unreachable. */
  deliver(message: Pending): Promise<Accepted>;
  accepted(message: Pending, answer: Accepted): void;
  /** the desk says no for now, with its words why; the message is tried again by itself */
  held?(message: Pending, why: string): void;
  changed(): void;
}

/** Waits between tries when the desk cannot be reached, in milliseconds. */
const WAITS = [1_000, 2_000, 4_000, 8_000, 15_000];

/** Calls for help, files, words: none waits for another lane. */
const LANES: ((message: Pending) => boolean)[] = [
  (m) => m.urgent === true,
  (m) => m.urgent !== true && m.file !== undefined,
  (m) => m.urgent !== true && m.file === undefined,
];

/** What the desk says no to without having looked at the message: who asks, where, and when. Another try is worth it. */
const PASSING = [401, 403, 404, 405, 408, 425, 429];

function passing({ status }: Refused): boolean {
  return PASSING.includes(status) || status >= 500;
}

/**
 * Sends what the shelf holds until the desk has acknowledged each message: in the order written, one at a time. Calls for
 * help go on a lane of their own, so that they never wait for a message that hangs, and so do photos and voice notes, so
 * that no words wait for them; a file goes after the words that were written beside it. A message is put on the shelf
 * before the first try and leaves it only with the acknowledgement; the desk knows repeats by their client_id, so several
 * tabs may send the same one.
 */
export class Outbox {
  private readonly lanes: Lane[];

  constructor(
    private readonly shelf: Shelf,
    private readonly hooks: OutboxHooks,
  ) {
    this.lanes = LANES.map((mine) => new Lane(shelf, hooks, mine, () => this.kick()));
  }

  put(message: Pending): void {
    this.shelf.add(message);
    this.hooks.changed();
    this.kick();
  }

  /** Tries again now rather than at the next due time. */
  kick(): void {
    for (const lane of this.lanes) lane.kick();
  }

  /** Gives a refused message another try. */
  retry(clientId: string): void {
    this.shelf.refuse(clientId, undefined);
    this.kick();
  }

  /** Resolves once nothing is left that can be sent. */
  async drained(): Promise<void> {
    while (this.shelf.pending().some((message) => message.refused === undefined)) {
      this.kick();
      await Promise.all(this.lanes.map((lane) => lane.done));
    }
  }

  /** Begins no further try, ever. Resolves when none is under way; what was not acknowledged stays on the shelf. */
  async stop(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.stop()));
  }
}

class Lane {
  /** resolves when the lane has nothing to do */
  done: Promise<void> = Promise.resolve();
  private running = false;
  private stopped = false;
  private failures = 0;
  private strangers = 0;
  private wake: (() => void) | null = null;

  constructor(
    private readonly shelf: Shelf,
    private readonly hooks: OutboxHooks,
    private readonly mine: (message: Pending) => boolean,
    /** a message has left this lane: what waited for it may go, and the desk is there */
    private readonly left: () => void,
  ) {}

  kick(): void {
    this.failures = 0;
    if (this.wake !== null) this.wake();
    else if (!this.running && !this.stopped) this.done = this.run();
  }

  stop(): Promise<void> {
    this.stopped = true;
    this.wake?.();
    return this.done;
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      for (let next = this.next(); next !== undefined; next = this.next()) {
        await this.attempt(next);
        this.hooks.changed();
      }
    } finally {
      this.running = false;
    }
  }

  private next(): Pending | undefined {
    if (this.stopped) return undefined;
    const going = this.shelf.pending().filter((message) => message.refused === undefined);
    return going.find((message) => this.mine(message) && !going.some((other) => other.client_id === message.after));
  }

  private async attempt(message: Pending): Promise<void> {
    try {
      const answer = await this.hooks.deliver(message);
      this.shelf.remove(message.client_id);
      [this.failures, this.strangers] = [0, 0];
      this.hooks.accepted(message, answer);
      this.left();
    } catch (error) {
      await this.recover(message, error);
    }
  }

  private async recover(message: Pending, error: unknown): Promise<void> {
    if (!(error instanceof Refused) && !(error instanceof Unreachable)) throw error;
    if (unknownHere(error)) {
      // `deliver` has got a new session by now; only a desk that knows none of its own is waited for.
      this.strangers += 1;
      if (this.strangers <= 2) return;
    } else if (error instanceof Refused && !passing(error)) {
      this.shelf.refuse(message.client_id, error.message);
      this.left();
      return;
    } else if (error instanceof Refused && error.status === 429) this.hooks.held?.(message, error.message);
    this.hooks.changed();
    await this.pause();
  }

  private pause(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    const wait = WAITS[Math.min(this.failures, WAITS.length - 1)] ?? 15_000;
    this.failures += 1;
    this.strangers = 0;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
      // Some difference between devices, so that a desk coming back is not met by all at once.
      const timer = setTimeout(done, wait * (0.8 + Math.random() * 0.4));
      this.wake = done;
    });
  }
}

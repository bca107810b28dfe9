import { newId } from "../shared/random";
import type { Emergency, Outgoing } from "../shared/wire";

/** A message on its way: kept in the browser until the desk has acknowledged it. */
export interface Pending extends Outgoing {
  /** milliseconds since 1970, this device's clock */
  written: number;
  /** goes ahead of everything else */
  urgent?: boolean;
  /** a photo or voice note, kept beside (blobs.ts) under the client_id; goes on a lane of its own, behind no words */
  file?: "photo" | "voice";
  /** the client_id of the words written beside this file, which go first */
  after?: string;
  /** why the desk will not take it as it is; it waits for the person */
  refused?: string;
}

export interface Session {
  token: string;
  session_id: string;
  /** something is open in it: no other session takes its place */
  owed?: boolean;
  /** the desk has heard from the app who speaks in it */
  named?: boolean;
  /** the person has seen everything up to this number */
  read?: number;
}

/** localStorage where it works; this page's memory for whatever it refuses (forbidden by the browser, or full). */
export class Drawer {
  private readonly memory = new Map<string, string>();

  constructor(private readonly store: Storage | null = reachable()) {}

  keys(): string[] {
    const stored = Array.from({ length: this.store?.length ?? 0 }, (_, i) => this.store?.key(i) ?? "");
    return [...new Set([...stored, ...this.memory.keys()])];
  }

  get(key: string): string | null {
    return this.memory.get(key) ?? this.store?.getItem(key) ?? null;
  }

  /** True if this page alone has it, and the next one will not. */
  onlyHere(key: string): boolean {
    return this.memory.has(key);
  }

  set(key: string, value: string): void {
    try {
      if (this.store === null) throw new Error("no storage");
      this.store.setItem(key, value);
      this.memory.delete(key);
    } catch {
      this.memory.set(key, value);
    }
  }

  remove(key: string): void {
    this.memory.delete(key);
    this.store?.removeItem(key);
  }
}

function reachable(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** How many messages were written in a storage, and a name for it that does not outlive its being emptied. */
interface Tally {
  store: string;
  count: number;
}

/**
 * What the widget keeps in the browser for one identity (the app's token, or nobody). Every unsent message has a key of
 * its own, written once and removed once, so that several tabs never overwrite each other's. A page around the widget that
 * empties the browser's storage (a usual sign-out) does not take away what this page wrote: it is written again.
 */
export class Shelf {
  private readonly prefix: string;
  /** what this page wrote and nobody has acknowledged, by key */
  private readonly own = new Map<string, string>();
  private tally: Tally = { store: "", count: 0 };

  constructor(
    readonly identity: string,
    private readonly drawer = new Drawer(),
  ) {
    this.prefix = `vigil:${identity}:`;
  }

  /** True if a storage event's key belongs to this shelf. */
  owns(key: string | null): boolean {
    return key?.startsWith(this.prefix) === true;
  }

  get session(): Session | null {
    return this.read(`${this.prefix}session`) as Session | null;
  }

  set session(session: Session | null) {
    if (session === null) this.drawer.remove(`${this.prefix}session`);
    else this.write(`${this.prefix}session`, session);
  }

  get emergency(): Emergency | null {
    return this.read(`${this.prefix}emergency`) as Emergency | null;
  }

  set emergency(emergency: Emergency | null) {
    if (emergency !== null) this.write(`${this.prefix}emergency`, emergency);
  }

  /** Unsent messages: calls for help first, then in the order they were written. */
  pending(): Pending[] {
    const found = this.outgoing().flatMap((key) => (this.read(key) as Pending | null) ?? []);
    return [...found.filter((m) => m.urgent), ...found.filter((m) => !m.urgent)];
  }

  /** True while a page that is only just loaded has something to do: words to send, or a chat in which answers may come. */
  get waiting(): boolean {
    return this.session !== null || this.outgoing().length > 0;
  }

  /** True if an unsent message is in this page's memory alone. */
  onlyHere(clientId: string): boolean {
    const key = this.keyOf(clientId);
    return key !== undefined && this.drawer.onlyHere(key);
  }

  add(message: Pending): void {
    this.restore();
    const { store, count } = this.counted();
    this.tally = { store: store || newId(), count: Math.max(count, this.tally.count) + 1 };
    this.write(this.tallyKey, this.tally);
    // By number and not by time: a device may set its clock back. The letter: after what older widgets kept by their time.
    this.put(`${this.prefix}out:n${String(this.tally.count).padStart(12, "0")}:${message.client_id}`, message);
  }

  remove(clientId: string): void {
    const key = this.keyOf(clientId);
    if (key !== undefined) this.drop(key);
  }

  /** Notes why the desk refused a message, or (undefined) that it may be tried again. */
  refuse(clientId: string, why: string | undefined): void {
    const key = this.keyOf(clientId);
    const message = key === undefined ? null : (this.read(key) as Pending | null);
    if (key === undefined || message === null) return;
    delete message.refused;
    this.put(key, why === undefined ? message : { ...message, refused: why });
  }

  /** Gives all that is unsent to `other`, in its order; the files lie beside and stay where they are. */
  moveTo(other: Shelf): void {
    for (const key of this.outgoing()) {
      const message = this.read(key) as Pending | null;
      if (message !== null) other.add(message);
      this.drop(key);
    }
  }

  private get tallyKey(): string {
    return `${this.prefix}count`;
  }

  private counted(): Tally {
    return (this.read(this.tallyKey) as Tally | null) ?? { store: "", count: 0 };
  }

  /** Writes what this page wrote again if the storage was emptied since. What is merely gone, another tab has delivered. */
  private restore(): void {
    if (this.own.size === 0) return;
    const { store } = this.counted();
    const emptied = store !== this.tally.store;
    if (store === "") this.write(this.tallyKey, (this.tally = { ...this.tally, store: newId() }));
    else this.tally.store = store;
    for (const [key, value] of this.own) {
      if (emptied) this.drawer.set(key, value);
      else if (this.drawer.get(key) === null) this.own.delete(key);
    }
  }

  private put(key: string, message: Pending): void {
    this.write(key, message);
    this.own.set(key, JSON.stringify(message));
  }

  private drop(key: string): void {
    this.own.delete(key);
    this.drawer.remove(key);
  }

  private outgoing(): string[] {
    this.restore();
    return this.drawer.keys().filter((key) => key.startsWith(`${this.prefix}out:`)).sort();
  }

  private keyOf(clientId: string): string | undefined {
    return this.outgoing().find((key) => key.endsWith(`:${clientId}`));
  }

  private read(key: string): unknown {
    try {
      return JSON.parse(this.drawer.get(key) ?? "null");
    } catch {
      return null;
    }
  }

  private write(key: string, value: unknown): void {
    this.drawer.set(key, JSON.stringify(value));
  }
}

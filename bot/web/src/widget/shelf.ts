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

/**
 * What the widget keeps in the browser for one identity (the app's token, or nobody). Every unsent message has a key of
 * its own, written once and removed once, so that several tabs never overwrite each other's.
 */
export class Shelf {
  private readonly prefix: string;
  private counter = 0;

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

  add(message: Pending): void {
    this.counter += 1;
    const order = `${String(message.written).padStart(15, "0")}.${String(this.counter).padStart(6, "0")}`;
    this.write(`${this.prefix}out:${order}:${message.client_id}`, message);
  }

  remove(clientId: string): void {
    const key = this.keyOf(clientId);
    if (key !== undefined) this.drawer.remove(key);
  }

  /** Notes why the desk refused a message, or (undefined) that it may be tried again. */
  refuse(clientId: string, why: string | undefined): void {
    const key = this.keyOf(clientId);
    const message = key === undefined ? null : (this.read(key) as Pending | null);
    if (key === undefined || message === null) return;
    delete message.refused;
    this.write(key, why === undefined ? message : { ...message, refused: why });
  }

  /** Gives all that is unsent to `other`, in its order; the files lie beside and stay where they are. */
  moveTo(other: Shelf): void {
    for (const key of this.outgoing()) {
      other.drawer.set(other.prefix + key.slice(this.prefix.length), this.drawer.get(key) ?? "null");
      this.drawer.remove(key);
    }
  }

  private outgoing(): string[] {
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

import { Refused, Unreachable } from "../shared/http";
import { newId } from "../shared/random";
import type { Accepted } from "../shared/wire";
import { forget, keep } from "./blobs";
import type { Line } from "./line";
import { Outbox } from "./outbox";
import { unknownHere, type Sessions } from "./session";
import type { Pending, Shelf } from "./shelf";
import type { Texts } from "./texts";

export interface SendingHooks {
  accepted(sent: Pending, answer: Accepted): void;
  changed: () => void;
  /** the desk could not be reached */
  down(): void;
}

/** How long the next chat waits for what is on the wire, in milliseconds: whether the desk has it decides where it belongs. */
const SETTLE_MS = 2_000;

/** What the person writes, and how it reaches the desk. */
export class Sending {
  /** how much of each file has gone out, 0 to 1, by client_id */
  readonly moved = new Map<string, number>();
  /** why the desk lets a message wait, in its words, by client_id */
  readonly held = new Map<string, string>();
  private readonly outbox: Outbox;
  private heir: ((message: Pending) => void) | null = null;
  private halt: () => void = () => undefined;
  private readonly halted = new Promise<never>((_, reject) => {
    this.halt = () => reject(new Unreachable("the chat was left"));
  });

  constructor(
    private readonly shelf: Shelf,
    private readonly sessions: Sessions,
    private readonly line: Line,
    private readonly words: () => Texts,
    private readonly hooks: SendingHooks,
  ) {
    this.halted.catch(() => undefined);
    this.outbox = new Outbox(shelf, {
      deliver: (message) => this.deliver(message),
      accepted: (message, answer) => this.accepted(message, answer),
      held: (message, why) => this.held.set(message.client_id, why),
      changed: hooks.changed,
    });
  }

  put(message: Pending): void {
    if (this.heir === null) this.outbox.put(message);
    else this.heir(message);
  }

  /** Sends words, or a tap with its payload. Returns the message's client_id. */
  say(text: string, payload?: string): string {
    const id = newId();
    this.put({ client_id: id, text, ...(payload === undefined ? {} : { payload }), written: Date.now() });
    return id;
  }

  /**
   * Sends a photo or voice note; it is kept in the browser until the desk has it. Words beside it are a message of their
   * own that goes first: they are heard at once, whatever becomes of the file.
   */
  async sendFile(blob: Blob, file: "photo" | "voice", text: string): Promise<void> {
    const caption = text === "" ? {} : { after: this.say(text) };
    const id = newId();
    await keep(id, blob);
    this.put({ client_id: id, text: "", file, written: Date.now(), ...caption });
  }

  retry(clientId: string): void {
    this.outbox.retry(clientId);
    this.hooks.changed();
  }

  /** Takes a refused message back, to be changed or forgotten. */
  drop(clientId: string): void {
    this.shelf.remove(clientId);
    this.forget(clientId);
    this.hooks.changed();
  }

  kick(): void {
    this.outbox.kick();
  }

  /** Resolves once all that can go out has gone out. */
  finish(): Promise<void> {
    return this.outbox.drained();
  }

  /**
   * Sends nothing more; what still comes (a position, a photo being kept) goes to `heir`. Resolves when nothing is on the
   * wire any longer, at the latest after SETTLE_MS.
   */
  async stop(heir: (message: Pending) => void): Promise<void> {
    this.heir = heir;
    this.halt();
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([this.outbox.stop(), new Promise((resolve) => (timer = setTimeout(resolve, SETTLE_MS)))]);
    clearTimeout(timer);
  }

  private async deliver(message: Pending): Promise<Accepted> {
    const { token } = await Promise.race([chat(this.sessions.ensure()), this.halted]);
    try {
      return acknowledged(await this.hand(message));
    } catch (error) {
      if (unknownHere(error) && this.heir === null) await chat(this.sessions.renew(token));
      if (error instanceof Unreachable) this.hooks.down();
      throw error;
    }
  }

  private hand(message: Pending): Promise<Accepted> {
    if (message.file === undefined) return this.line.send(message);
    return this.line.sendFile(message, this.words(), (part) => {
      this.moved.set(message.client_id, part);
      this.hooks.changed();
    });
  }

  private accepted(sent: Pending, answer: Accepted): void {
    this.forget(sent.client_id);
    this.hooks.accepted(sent, answer);
  }

  private forget(clientId: string): void {
    this.moved.delete(clientId);
    this.held.delete(clientId);
    void forget(clientId);
  }
}

/** The desk's acknowledgement. A yes that does not name the message is somebody else's. Throws Unreachable. */
function acknowledged(answer: Partial<Accepted> | null): Accepted {
  if (typeof answer?.id !== "string") throw new Unreachable("not acknowledged");
  return answer as Accepted;
}

/** A chat that the desk does not open is no refusal of what was written in it: the message waits. Throws Unreachable. */
async function chat<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    throw error instanceof Refused ? new Unreachable(error.message, error.status) : error;
  }
}

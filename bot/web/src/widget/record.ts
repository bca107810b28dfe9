import { last } from "../shared/last";
import type { Message } from "../shared/wire";

export const START = "/vigil_start";

/** What was said in a chat, and how far each side has read. */
export class ChatRecord {
  /** what was said in chats that the desk has forgotten since this page was opened */
  readonly earlier: Message[] = [];
  readSeq = 0;
  seenSeq = 0;
  private readonly byId = new Map<string, Message>();

  get size(): number {
    return this.byId.size;
  }

  /** Everything said, in order; the opening signal is no message to people. */
  get messages(): Message[] {
    return [...this.byId.values()].filter((m) => m.text !== START).sort((a, b) => a.seq - b.seq);
  }

  /** The number of the last word of the other side. */
  get lastTold(): number {
    return last(this.messages.filter((m) => m.author !== "reporter"))?.seq ?? 0;
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  /** True if the desk has what was sent under this client_id. */
  holds(clientId: string): boolean {
    return [...this.byId.values()].some((m) => m.client_id === clientId);
  }

  add(message: Message): void {
    this.byId.set(message.id, message);
  }

  /** Turns to a new chat; what was said in the old one stays to be read on this page. */
  turn(): void {
    this.earlier.push(...this.messages);
    this.byId.clear();
    [this.readSeq, this.seenSeq] = [0, 0];
  }
}

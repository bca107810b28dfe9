import type { Attachment } from "../shared/wire";

export type Shown = { url: string } | "loading" | "failed";

/** The person's own photos and voice notes, fetched when they are to be shown and let go with the page. */
export class Media {
  private readonly known = new Map<string, Shown>();

  constructor(
    private readonly fetchIt: (id: string) => Promise<Blob>,
    private readonly changed: () => void,
  ) {}

  /** Where it can be shown from, or how far that is; begins to fetch it on the first ask. */
  of(attachment: Attachment): Shown {
    const found = this.known.get(attachment.id);
    if (found === undefined) void this.load(attachment.id);
    return found ?? "loading";
  }

  /** Whether it was asked for already. */
  has(id: string): boolean {
    return this.known.has(id);
  }

  async load(id: string): Promise<void> {
    this.known.set(id, "loading");
    try {
      this.known.set(id, { url: URL.createObjectURL(await this.fetchIt(id)) });
    } catch {
      this.known.set(id, "failed");
    }
    this.changed();
  }

  clear(): void {
    for (const shown of this.known.values()) if (typeof shown === "object") URL.revokeObjectURL(shown.url);
    this.known.clear();
  }
}

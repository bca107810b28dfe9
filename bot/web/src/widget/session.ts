import { ask, Refused, Unreachable } from "../shared/http";
import type { Conversation, Locale } from "../shared/wire";
import { within } from "../shared/within";
import type { Session, Shelf } from "./shelf";

export interface SessionOptions {
  /** where the desk is; empty for the page's own origin */
  base: string;
  /** the app's token for its signed-in person, if any */
  appToken: () => string | null;
  locale: () => Locale;
  /** no session is opened before this; never rejects */
  ready: Promise<void>;
}

export interface SessionHooks {
  /** a chat that did not exist before was begun */
  made(conversation: Conversation): void;
  /** this session is the one to speak with from now on */
  opened(session: Session): void;
  /** the desk does not know `lost` any more; another session follows. `here`: no other tab has begun that one */
  lost(here: boolean): void;
}

/** True if the desk itself says that it knows no such session. Nothing else, a proxy's 401 or 404 least of all, ends a chat. */
export function unknownHere(error: unknown): boolean {
  return error instanceof Refused && error.code === "session_unknown";
}

type Made = Session & { conversation: Conversation };

/** How long a tab waits for another one that is opening the session, in milliseconds. */
const LOCK_MS = 3_000;

/** Gets, keeps and renews the session, one for all tabs of a person. */
export class Sessions {
  current: Session | null = null;
  /** the session and app token that the desk has last been asked to bring together */
  private introduced = "";
  private opening: Promise<Session> | null = null;
  private renewing: Promise<void> | null = null;

  constructor(
    private readonly shelf: Shelf,
    private readonly options: SessionOptions,
    private readonly hooks: SessionHooks,
  ) {}

  /** The session; opens it if need be. Throws Refused, Unreachable. */
  ensure(): Promise<Session> {
    if (this.current !== null) return Promise.resolve(this.current);
    this.opening ??= this.open().finally(() => {
      this.opening = null;
    });
    return this.opening;
  }

  /** Gets a new session in place of `lost`; does nothing if that one is no longer in use. Throws Refused, Unreachable. */
  renew(lost: string): Promise<void> {
    if (this.current !== null && this.current.token !== lost) return Promise.resolve();
    this.renewing ??= this.replace(lost).finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  /** Drops `lost`, which the desk does not know any more, and opens none in its place. */
  forget(lost: string): void {
    this.current = null;
    const here = this.shelf.session?.token === lost;
    if (here) this.shelf.session = null;
    this.hooks.lost(here);
  }

  /** True if the browser keeps another session than this page has. */
  get elsewhere(): boolean {
    const kept = this.shelf.session;
    return kept !== null && this.current !== null && kept.token !== this.current.token;
  }

  /** Takes up the session that another tab has begun, or what it has noted of this one. */
  async follow(): Promise<void> {
    if (!this.elsewhere) {
      if (this.current !== null) this.current = this.shelf.session ?? this.current;
      return;
    }
    this.current = null;
    this.hooks.lost(false);
    await this.ensure();
  }

  /** Keeps what is known of the session in use for the pages that take it up. */
  note(known: Omit<Partial<Session>, "token" | "session_id">): void {
    if (this.current === null) return;
    this.current = { ...this.current, ...known };
    if (this.shelf.session?.token === this.current.token) this.shelf.session = this.current;
  }

  /**
   * Sees to it that the next page finds a conversation in which something is open: another session that took its place in
   * the browser, or nothing at all, gives way to it. To be called when the desk has just answered in it.
   */
  settle(owed: boolean): void {
    if (this.current === null) return;
    const kept = this.shelf.session;
    if (kept?.token === this.current.token ? (kept.owed ?? false) !== owed : owed && kept?.owed !== true) {
      this.shelf.session = this.current = { ...this.current, owed };
    }
  }

  /** Tells the desk who speaks, where the chat was opened without a good token of the app. Never rejects. */
  async introduce(): Promise<void> {
    const [session, appToken] = [this.current, this.options.appToken() ?? ""];
    if (session === null || session.named === true || appToken === "") return;
    const both = `${session.token} ${appToken}`;
    if (this.introduced === both) return;
    this.introduced = both;
    const { base, locale } = this.options;
    const headers = { Authorization: `Bearer ${session.token}`, "Accept-Language": locale() };
    try {
      await ask(`${base}/api/chat/person`, { method: "POST", body: { app_token: appToken }, headers });
    } catch (error) {
      if (error instanceof Unreachable && (error.status ?? 500) >= 500) this.introduced = "";
      // Somebody else's for good; any other no may end with the app's next token, or the desk's next version.
      if (!(error instanceof Refused && error.status === 409)) return;
    }
    if (this.current?.token === session.token) this.note({ named: true });
  }

  private async replace(lost: string): Promise<void> {
    this.forget(lost);
    await this.ensure();
  }

  private async open(): Promise<Session> {
    await this.options.ready;
    const session = await exclusively(`vigil:session:${this.shelf.identity}`, async () => {
      const kept = this.shelf.session;
      if (kept !== null) return kept;
      const { conversation, ...made } = await this.create();
      // On a slow line another tab has not waited for this one: its chat may have been written in, this one has not.
      const other = this.shelf.session;
      if (other !== null) return other;
      this.shelf.session = made;
      this.hooks.made(conversation);
      return made;
    });
    this.current = session;
    this.hooks.opened(session);
    return session;
  }

  private async create(): Promise<Made> {
    const { base, locale } = this.options;
    const appToken = this.options.appToken();
    const make = async (headers: Record<string, string>): Promise<Made> => {
      const made = await ask<Partial<Made> | null>(`${base}/api/chat/sessions`, {
        method: "POST",
        body: { locale: locale(), channel: "widget" },
        headers: { "Accept-Language": locale(), ...headers },
      });
      const { token, session_id, conversation } = made ?? {};
      if (token === undefined || session_id === undefined || conversation === undefined) throw new Unreachable("no session was given");
      return { token, session_id, conversation };
    };
    if (appToken === null || appToken === "") return await make({});
    try {
      return { ...(await make({ Authorization: `Bearer ${appToken}` })), named: true };
    } catch (error) {
      // An app's sign-in that has run out must not keep anyone from being heard, whoever looks at it: the desk, or a gateway.
      const away = error instanceof Refused || error instanceof Unreachable ? error.status : null;
      if (away === 401 || away === 403) return await make({});
      throw error;
    }
  }
}

/** Runs `work` in one tab at a time where the browser can do that; two tabs would otherwise open two chats. */
async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  // Pages without TLS have none, whatever the types say.
  const locks = navigator.locks as LockManager | null | undefined;
  if (locks == null) return await work();
  try {
    return await within(LOCK_MS, (signal) => locks.request(name, { signal }, work));
  } catch (error) {
    // A tab that sleeps with the lock in its hand, or a page that may have none, must not keep this one from calling for help.
    if (error instanceof DOMException) return await work();
    throw error;
  }
}

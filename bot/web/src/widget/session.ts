import { ask, Refused } from "../shared/http";
import type { Conversation, Locale } from "../shared/wire";
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

/** How long a tab waits for another one that is opening the session, in milliseconds. */
const LOCK_MS = 3_000;

/** Gets, keeps and renews the session, one for all tabs of a person. */
export class Sessions {
  current: Session | null = null;
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

  /** Takes up the session that another tab has begun, if it has. */
  async follow(): Promise<void> {
    const kept = this.shelf.session;
    if (kept === null || this.current === null || kept.token === this.current.token) return;
    this.current = null;
    this.hooks.lost(false);
    await this.ensure();
  }

  private async replace(lost: string): Promise<void> {
    this.current = null;
    const here = this.shelf.session?.token === lost;
    if (here) this.shelf.session = null;
    this.hooks.lost(here);
    await this.ensure();
  }

  private async open(): Promise<Session> {
    await this.options.ready;
    const session = await exclusively(`vigil:session:${this.shelf.identity}`, async () => {
      const kept = this.shelf.session;
      if (kept !== null) return kept;
      const made = await this.create();
      this.shelf.session = { token: made.token, session_id: made.session_id };
      this.hooks.made(made.conversation);
      return made;
    });
    this.current = { token: session.token, session_id: session.session_id };
    this.hooks.opened(this.current);
    return this.current;
  }

  private async create(): Promise<Session & { conversation: Conversation }> {
    const { base, locale } = this.options;
    const appToken = this.options.appToken();
    const make = (headers: Record<string, string>): Promise<Session & { conversation: Conversation }> =>
      ask(`${base}/api/chat/sessions`, {
        method: "POST",
        body: { locale: locale(), channel: "widget" },
        headers: { "Accept-Language": locale(), ...headers },
      });
    if (appToken === null || appToken === "") return await make({});
    try {
      return await make({ Authorization: `Bearer ${appToken}` });
    } catch (error) {
      // An app's sign-in that has run out must not keep anyone from being heard.
      if (error instanceof Refused && (error.status === 401 || error.status === 403)) return await make({});
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
    return await locks.request(name, { signal: AbortSignal.timeout(LOCK_MS) }, work);
  } catch (error) {
    // A tab that sleeps with the lock in its hand must not keep this one from calling for help.
    if (error instanceof DOMException && error.name === "TimeoutError") return await work();
    throw error;
  }
}

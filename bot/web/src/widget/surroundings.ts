export interface Noticed {
  /** something in the browser's storage changed, by another tab */
  stored(key: string | null): void;
  /** the network is back, or the page is looked at again */
  awake(): void;
  /** the network is gone */
  cut(): void;
  /** the page is about to be left; true: the person should be asked first */
  leaving(): boolean;
}

/** What happens around the chat: other tabs, the network, the page shown or not. */
export class Surroundings {
  constructor(private readonly noticed: Noticed) {}

  listen(): void {
    window.addEventListener("storage", this.onStorage);
    window.addEventListener("online", this.onWake);
    window.addEventListener("offline", this.onCut);
    window.addEventListener("beforeunload", this.onLeaving);
    window.addEventListener("pagehide", this.onLeaving);
    document.addEventListener("visibilitychange", this.onWake);
  }

  stop(): void {
    window.removeEventListener("storage", this.onStorage);
    window.removeEventListener("online", this.onWake);
    window.removeEventListener("offline", this.onCut);
    window.removeEventListener("beforeunload", this.onLeaving);
    window.removeEventListener("pagehide", this.onLeaving);
    document.removeEventListener("visibilitychange", this.onWake);
  }

  private readonly onStorage = (event: StorageEvent): void => this.noticed.stored(event.key);

  private readonly onLeaving = (event: Event): void => {
    if (!this.noticed.leaving()) return;
    event.preventDefault();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- browsers of before 2023 ask only for this
    event.returnValue = false;
  };

  private readonly onCut = (): void => this.noticed.cut();

  private readonly onWake = (): void => {
    if (!document.hidden && navigator.onLine) this.noticed.awake();
  };
}

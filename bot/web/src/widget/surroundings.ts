export interface Noticed {
  /** something in the browser's storage changed, by another tab */
  stored(key: string | null): void;
  /** the network is back, or the page is looked at again */
  awake(): void;
  /** the network is gone */
  cut(): void;
}

/** What happens around the chat: other tabs, the network, the page shown or not. */
export class Surroundings {
  constructor(private readonly noticed: Noticed) {}

  listen(): void {
    window.addEventListener("storage", this.onStorage);
    window.addEventListener("online", this.onWake);
    window.addEventListener("offline", this.onCut);
    document.addEventListener("visibilitychange", this.onWake);
  }

  stop(): void {
    window.removeEventListener("storage", this.onStorage);
    window.removeEventListener("online", this.onWake);
    window.removeEventListener("offline", this.onCut);
    document.removeEventListener("visibilitychange", this.onWake);
  }

  private readonly onStorage = (event: StorageEvent): void => this.noticed.stored(event.key);

  private readonly onCut = (): void => this.noticed.cut();

  private readonly onWake = (): void => {
    if (!document.hidden && navigator.onLine) this.noticed.awake();
  };
}

import { newId } from "../shared/random";
import { Whereabouts } from "./emergency";
import type { Pending } from "./shelf";
import type { Texts } from "./texts";

/** Two taps within this time are one call for help, in milliseconds. */
const DOUBLE_TAP_MS = 1_500;

/** What is sent with or as a position: the call for help, and where somebody is. */
export class Positions {
  private readonly whereabouts = new Whereabouts();
  private lastCall = -Infinity;

  constructor(
    private readonly put: (message: Pending) => void,
    private readonly words: () => Texts,
  ) {}

  /** Looks once where the person has allowed it already. */
  warm(): Promise<void> {
    return this.whereabouts.warm();
  }

  /** Sent at once under `payload`, with the position if it is known this instant; otherwise the position follows. */
  callForHelp(payload: string): void {
    const now = performance.now();
    if (now - this.lastCall < DOUBLE_TAP_MS) return;
    this.lastCall = now;
    const location = this.whereabouts.fresh();
    const call = { client_id: newId(), text: this.words().emergencyText, payload, urgent: true, written: Date.now() };
    this.put(location === null ? call : { ...call, location });
    if (location === null) void this.follow();
  }

  /** Sends the position alone; false when the device does not give it. */
  async share(): Promise<boolean> {
    const location = await this.whereabouts.ask();
    if (location === null) return false;
    this.put({ client_id: newId(), text: "", location, written: Date.now() });
    return true;
  }

  private async follow(): Promise<void> {
    const location = await this.whereabouts.ask();
    if (location === null) return;
    const accuracy = location.accuracy_m === undefined ? "" : ` (±${location.accuracy_m} m)`;
    const text = this.words().position(location.lat.toFixed(5), location.lng.toFixed(5), accuracy);
    this.put({ client_id: newId(), text, location, urgent: true, written: Date.now() });
  }
}

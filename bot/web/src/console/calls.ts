import type { Alarm } from "./alarm";
import { alarming, unaccepted, type Alarming } from "./order";
import type { Me, Row } from "./wire";

/** What this person is called for: pages by name and what their team must take, and the sound that goes with it. */
export class Calls {
  private readonly paged = new Set<string>();
  private sounding = "";

  constructor(readonly alarm: Alarm) {}

  /** A page for this person by name. */
  page(call: { conversation_id: string; grade: string; reference: string }): void {
    this.paged.add(call.conversation_id);
    if (call.grade !== "S0") this.alarm.sound();
    this.alarm.notify(`${call.grade} · ${call.reference}`, call.reference);
  }

  /** What nobody has accepted, in the desk's order. */
  of(rows: Row[], me: Me | null): Alarming[] {
    return alarming(rows, me, this.paged);
  }

  /** Forgets the pages that somebody has answered. */
  follow(rows: Row[]): void {
    for (const id of this.paged) {
      const row = rows.find((r) => r.conversation_id === id);
      if (row === undefined || !unaccepted(row)) this.paged.delete(id);
    }
  }

  /** Sounds for the worst S0 of `alarms` until there is none. */
  sound(alarms: Alarming[]): void {
    const top = alarms.find((a) => a.row.grade === "S0");
    const headline = top === undefined ? "" : `‼ S0 ${top.row.reference ?? ""}`;
    if (headline === this.sounding) return;
    this.sounding = headline;
    this.alarm.raise(headline === "" ? null : headline);
  }
}

import type { Lane, Me, Row } from "./wire";

export interface Alarming {
  row: Row;
  /** the person was paged for it by name, or their team is the safety team */
  why: "paged" | "team";
}

/**
 * True while nobody has accepted the row's case. Whoever holds the conversation is not the same: the person who held it
 * when it was raised keeps it until somebody of the safety team has accepted.
 */
export function unaccepted(row: Row): boolean {
  if (["resolved", "closed", "joined"].includes(row.state)) return false;
  if (row.holder === "queue" || row.accepted_by === undefined) return row.holder !== "person";
  return row.accepted_by === null;
}

/** Rows that nobody has accepted and that call this person to the screen, in the desk's order. */
export function alarming(rows: Row[], me: Me | null, paged: ReadonlySet<string>): Alarming[] {
  const safety = me?.acts.includes("accept_safety") === true;
  return rows.flatMap((row): Alarming[] => {
    if (!unaccepted(row) || (row.grade !== "S0" && row.grade !== "S1")) return [];
    if (paged.has(row.conversation_id)) return [{ row, why: "paged" }];
    return safety && row.grade === "S0" && row.lane === "safety" ? [{ row, why: "team" }] : [];
  });
}

const LANES: Lane[] = ["safety", "watch", "mine", "queue", "held", "assistant"];

export interface Grouped {
  /** S0 that nobody has accepted: always in sight, whatever the filter says */
  pinned: Row[];
  lanes: { lane: Lane; rows: Row[] }[];
}

/** The queue by lane, each in the desk's order; the filter looks at text, reference, names and trip. */
export function grouped(rows: Row[], filter: string): Grouped {
  const wanted = filter.trim().toLowerCase();
  const matches = (row: Row): boolean =>
    wanted === "" ||
    [row.reference, row.intent_label, row.intent, row.holder_name, row.last_text, row.place, row.plate, row.trip_label, row.grade]
      .join("\n")
      .toLowerCase()
      .includes(wanted);
  const isPinned = (row: Row): boolean => row.grade === "S0" && unaccepted(row);
  const rest = rows.filter((row) => !isPinned(row) && matches(row));
  return {
    pinned: rows.filter(isPinned),
    lanes: LANES.map((lane) => ({ lane, rows: rest.filter((row) => row.lane === lane) })).filter((l) => l.rows.length > 0),
  };
}

/** All rows as the eye meets them from top to bottom: what j and k walk along. */
export function inSight(groups: Grouped): Row[] {
  return [...groups.pinned, ...groups.lanes.flatMap((l) => l.rows)];
}

/** The new rows, each of which has not changed as the very object it was before: what shows it need not be made anew. */
export function steady(before: Row[], now: Row[]): Row[] {
  const known = new Map(before.map((row) => [row.conversation_id, row]));
  return now.map((row) => {
    const old = known.get(row.conversation_id);
    return old !== undefined && JSON.stringify(old) === JSON.stringify(row) ? old : row;
  });
}

import { describe, expect, it } from "vitest";
import { actOf, isHeld, mainCase, missing, takesOver } from "./acts";
import { commandOf } from "./keys";
import { bar, project } from "./map";
import { alarming, grouped, inSight, steady, unaccepted } from "./order";
import { plain } from "./plain";
import { texts } from "./texts/index";
import type { Case, Detail, Me, Row } from "./wire";

const t = texts.en;

function row(id: string, more: Partial<Row> = {}): Row {
  return {
    conversation_id: id, lane: "queue", grade: "S3", reference: null, intent: null, intent_label: null, state: "open",
    holder: "queue", holder_name: null, language: "zh", waiting_since: null, opened_at: "", next_clock: null,
    last_text: null, last_at: null, reports: 1, unread: 0, live_trip: false, place: null, trip_label: null, ...more,
  };
}

function incident(grade: Case["grade"], more: Partial<Case> = {}): Case {
  return {
    id: grade, reference: `R-${grade}`, kind: "", label: "", grade, state: "paged", opened_at: "", accepted_by: null,
    accepted_at: null, title: null, facts: [], reports: 1, clocks: [], links: [], hold: null, emergency_call: null, ...more,
  };
}

function detail(cases: Case[]): Detail {
  return {
    now: "", messages: [], cases, promises: [], timeline: [], trip: null, entities: [], notes: [], allowed: [], resolution_codes: [],
    state: {
      holder: "person", grade: cases[0]?.grade ?? null, watched: false, locale: "en", role: "rider", incident: null,
      emergency: { place: null, numbers: [], basis: "language" }, queue: null, quiet: false, staff_seen_seq: 0,
    },
    reporter: { role: "rider", name: null, phone: null, identity: "none", language: "en" },
  };
}

const me: Me = { id: "1", name: "Li", email: "", roles: ["safety"], in_house: true, acts: ["accept_safety"] };

describe("grouped", () => {
  const rows = [
    row("s0", { grade: "S0", lane: "safety", last_text: "help" }),
    row("held", { grade: "S0", lane: "mine", holder: "person", last_text: "talking" }),
    row("watch", { lane: "watch", last_text: "odd road" }),
    row("lost", { last_text: "my phone" }),
  ];

  it("keeps an unaccepted S0 in sight whatever the filter says", () => {
    const groups = grouped(rows, "phone");
    expect(groups.pinned.map((r) => r.conversation_id)).toEqual(["s0"]);
    expect(inSight(groups).map((r) => r.conversation_id)).toEqual(["s0", "lost"]);
  });

  it("keeps the watch lane apart", () => {
    expect(grouped(rows, "").lanes.map((l) => l.lane)).toEqual(["watch", "mine", "queue"]);
  });
});

describe("steady", () => {
  it("keeps what has not changed and takes what has", () => {
    const before = [row("a"), row("b")];
    const now = steady(before, [row("b", { unread: 1 }), row("a"), row("c")]);
    expect(now[1]).toBe(before[0]);
    expect(now.map((r) => [r.conversation_id, r.unread])).toEqual([["b", 1], ["a", 0], ["c", 0]]);
  });
});

describe("alarming", () => {
  const open = row("s0", { grade: "S0", lane: "safety" });

  it("calls the safety team for every S0 nobody has accepted", () => {
    expect(alarming([open], me, new Set())).toHaveLength(1);
    expect(alarming([{ ...open, holder: "person" }], me, new Set())).toEqual([]);
  });

  it("calls others only when they were paged, and for S1 too", () => {
    const agent = { ...me, roles: ["agent"], acts: [] };
    const s1 = row("s1", { grade: "S1", lane: "safety" });
    expect(alarming([open, s1], agent, new Set())).toEqual([]);
    expect(alarming([open, s1], agent, new Set(["s1"])).map((a) => a.row.conversation_id)).toEqual(["s1"]);
  });
});

describe("unaccepted", () => {
  it("goes by the case, not by who holds the conversation", () => {
    const agentHolds = row("s0", { grade: "S0", lane: "safety", holder: "person", accepted_by: null });
    expect(unaccepted(agentHolds)).toBe(true);
    expect(unaccepted({ ...agentHolds, accepted_by: "Li" })).toBe(false);
    expect(unaccepted({ ...agentHolds, accepted_by: "Li", holder: "queue" })).toBe(true);
    expect(unaccepted({ ...agentHolds, holder: "assistant", state: "resolved" })).toBe(false);
  });
});

describe("acts", () => {
  it("works on the gravest open case", () => {
    expect(mainCase(detail([incident("S2"), incident("S0", { state: "closed" }), incident("S1")]))?.grade).toBe("S1");
  });

  it("offers higher grades, nearest first", () => {
    expect(actOf("escalate", detail([incident("S2")]), t)?.fields[0]?.options?.map((o) => o.value)).toEqual(["S1", "S0"]);
  });

  it("asks before a conversation is taken from a colleague, not before an unaccepted case is", () => {
    expect(takesOver(detail([incident("S0", { accepted_by: "Li" })]))).toBe(true);
    expect(takesOver(detail([incident("S0")]))).toBe(false);
  });

  it("does not resolve without an outcome and a reason", () => {
    const act = actOf("resolve", detail([incident("S0")]), t);
    expect(act && missing(act, { code: "", reason: "x" })?.name).toBe("code");
    expect(act && missing(act, { code: "safe", reason: "  " })?.name).toBe("reason");
    expect(act && missing(act, { code: "safe", reason: "x" })).toBeNull();
  });

  it("asks for a reason only when the emergency services are not called", () => {
    const act = actOf("emergency_call", detail([incident("S0")]), t);
    expect(act && missing(act, { decision: "not_called", reason: "" })?.name).toBe("reason");
    expect(act && missing(act, { decision: "called", service: "police", station: "Centre" })).toBeNull();
    expect(act?.body({ decision: "not_called", reason: "r", station: "left over" })).toEqual({ decision: "not_called", reason: "r" });
  });

  it("refuses an amount that is none", () => {
    const act = actOf("refund", detail([incident("S3")]), t);
    for (const amount of ["-3", "0", "1.234", "ten"]) {
      expect(act && missing(act, { amount, currency: "CNY", reason: "x" })?.name).toBe("amount");
    }
    expect(act?.body({ amount: "12.50", currency: "cny", reason: "x" })).toMatchObject({ amount: "12.50", currency: "CNY", reason: "x" });
  });

  it("asks for the trip's own currency", () => {
    const trip = { id: "t", charge: { total: { amount: "10.81", currency: "GBP" } } };
    const currency = (of: Detail): string | undefined => actOf("refund", of, t)?.fields.find((f) => f.name === "currency")?.value;
    expect(currency({ ...detail([incident("S3")]), trip })).toBe("GBP");
    expect(currency(detail([incident("S3")]))).toBe("CNY");
  });

  it("says with one id what is sent again from one opening, and with another what is asked for anew", () => {
    for (const name of ["refund", "call", "new_car"]) {
      const [first, second] = [actOf(name, detail([incident("S3")]), t), actOf(name, detail([incident("S3")]), t)];
      expect(first?.body({}).client_id).toBe(first?.body({ amount: "3" }).client_id);
      expect(first?.body({}).client_id).not.toBe(second?.body({}).client_id);
    }
  });

  it("knows from the case whether the driver is held", () => {
    const held = (state: string): boolean => isHeld(detail([incident("S0", { hold: { state, since: null, driver_name: null } })]));
    expect([held("held"), held("released"), isHeld(detail([incident("S0")]))]).toEqual([true, false, false]);
  });
});

describe("project", () => {
  it("fits all points in the frame, north up, east right, with equal scale", () => {
    const view = project([[30.3, 120.1], [30.2, 120.2]], 340, 210, 22);
    const [[x1, y1], [x2, y2]] = [view?.at([30.3, 120.1]) ?? [0, 0], view?.at([30.2, 120.2]) ?? [0, 0]];
    expect(x1).toBeLessThan(x2);
    expect(y1).toBeLessThan(y2);
    expect(Math.min(x1, y1)).toBeGreaterThanOrEqual(22);
    expect(y2).toBeLessThanOrEqual(188.001);
    // A tenth of a degree eastwards at 30.25° is cos(30.25°) of one northwards.
    expect((x2 - x1) / (y2 - y1)).toBeCloseTo(Math.cos((30.25 * Math.PI) / 180), 6);
  });

  it("stands one point in the middle", () => {
    expect(project([[30, 120]], 100, 100, 10)?.at([30, 120])).toEqual([10, 10]);
  });

  it("draws a bar of a round length", () => {
    expect([bar(23), bar(1), bar(0.4)]).toEqual([2_000, 50, 20]);
  });
});

describe("plain", () => {
  it("reads money, named places, both languages and whatever else", () => {
    expect(plain({ amount: "32.50", currency: "CNY" }, "en")).toBe("32.50 CNY");
    expect(plain({ name: "West Lake", lat: 1 }, "en")).toBe("West Lake");
    expect(plain({ zh: "东站", en: "East Station" }, "zh")).toBe("东站");
    expect(plain({ on_call: 3, team: null, list: ["a", "b"] }, "en")).toBe("on call: 3 · list: a, b");
  });
});

describe("commandOf", () => {
  it("leaves keys to fields and to the browser", () => {
    const press = (target: HTMLElement, init: KeyboardEventInit): string | null => {
      let found: string | null = null;
      document.body.append(target);
      target.addEventListener("keydown", (event) => (found = commandOf(event)), { once: true });
      target.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, composed: true, ...init }));
      target.remove();
      return found;
    };
    expect(press(document.createElement("div"), { key: "a" })).toBe("accept");
    expect(press(document.createElement("textarea"), { key: "a" })).toBeNull();
    expect(press(document.createElement("div"), { key: "a", ctrlKey: true })).toBeNull();
    expect(press(document.createElement("div"), { key: "?" })).toBe("sheet");
  });
});

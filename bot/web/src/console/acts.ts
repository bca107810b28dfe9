import type { nothing, TemplateResult } from "lit";
import { newId } from "../shared/random";
import type { Grade } from "../shared/wire";
import type { Colleague } from "./saying";
import type { Texts } from "./texts/index";
import type { Case, Detail } from "./wire";

export interface Option {
  value: string;
  label: string;
}

export interface Field {
  name: string;
  label: string;
  kind: "line" | "area" | "choice" | "radio" | "money" | "when";
  required: boolean;
  options?: Option[];
  value?: string;
  testid?: string;
  /** who can be mentioned in it */
  mentions?: Colleague[];
  /** shown only while this holds of what is filled in */
  when?: (values: Values) => boolean;
}

export type Values = Record<string, string>;

export interface Act {
  name: string;
  /** the last part of the address */
  path: string;
  title: string;
  ask: string;
  fields: Field[];
  /** shown above the fields: what the act needs read */
  beside?: TemplateResult | typeof nothing;
  /** cannot be undone, or tells somebody outside */
  weighty: boolean;
  body(values: Values): Record<string, unknown>;
}

const GRADES: Grade[] = ["S0", "S1", "S2", "S3"];

/** True once people have ended the case, or it went on in another. */
export function isOver(item: Case): boolean {
  return ["resolved", "closed", "joined"].includes(item.state);
}

/** The case that the keys act on: the highest grade that is still open, else the first. */
export function mainCase(detail: Detail): Case | null {
  const open = detail.cases.filter((c) => !isOver(c));
  const sorted = [...(open.length > 0 ? open : detail.cases)].sort((a, b) => a.grade.localeCompare(b.grade));
  return sorted[0] ?? null;
}

/** True while the driver of the main case gets no orders: then the act on offer is release. */
export function isHeld(detail: Detail): boolean {
  const state = mainCase(detail)?.hold?.state;
  return state !== undefined && state !== "releasing" && state !== "released";
}

function grades(detail: Detail, t: Texts, higher: boolean): Option[] {
  const now = detail.state.grade ?? mainCase(detail)?.grade ?? "S3";
  const at = GRADES.indexOf(now);
  const possible = GRADES.filter((_, i) => (higher ? i < at || (i === 0 && at === 0) : i > at));
  // The nearest grade first: raising by one step is the common case.
  return (higher ? possible.reverse() : possible).map((g) => ({ value: g, label: `${g} · ${t.grades[g]}` }));
}

function reason(t: Texts, required = true, testid = "reason"): Field {
  return { name: "reason", label: required ? t.reason : t.reasonOptional, kind: "area", required, testid };
}

function driverName(detail: Detail, t: Texts): string {
  const driver = detail.trip?.driver;
  return [driver?.name ?? mainCase(detail)?.hold?.driver_name, driver?.plate].filter(Boolean).join(" · ") || t.driver;
}

function emergencyCall(t: Texts): Pick<Act, "fields" | "body"> {
  const called = (v: Values): boolean => v.decision === "called";
  const services = Object.entries(t.services).map(([value, label]) => ({ value, label }));
  const decisions = [
    { value: "called", label: t.called },
    { value: "not_called", label: t.notCalled },
  ];
  const line = (name: string, label: string): Field => ({ name, label, kind: "line", required: false, when: called, testid: name });
  return {
    fields: [
      { name: "decision", label: t.decision, kind: "radio", required: true, options: decisions, value: "called" },
      { name: "service", label: t.service, kind: "choice", required: true, options: services, value: "police", when: called },
      line("station", t.station),
      line("officer", t.officer),
      line("number", t.reportNumber),
      { ...reason(t), when: (v) => v.decision === "not_called" },
    ],
    body: (v) =>
      called(v)
        ? { decision: "called", service: v.service, station: v.station, officer: v.officer ?? "", number: v.number ?? "" }
        : { decision: "not_called", reason: v.reason },
  };
}

/** Whether a case that is raised to S0 or S1 is about the driver; left empty, it is what it was. */
function conduct(t: Texts): Field {
  const d = t.deciding;
  const options = Object.entries(d.conducts).map(([value, label]) => ({ value, label }));
  const grave = (v: Values): boolean => v.grade === "S0" || v.grade === "S1";
  return { name: "conduct", label: d.conduct, kind: "choice", required: false, options, value: "", when: grave, testid: "conduct" };
}

function withConduct({ conduct: said, ...rest }: Values): Record<string, unknown> {
  return said ? { ...rest, conduct: said === "yes" } : rest;
}

/** What is asked before a promise, a call, another car, or before a colleague gets the conversation. */
function contact(name: "promise" | "call" | "new_car" | "person", detail: Detail, t: Texts, colleagues: Colleague[]): [Field[], Partial<Act>] {
  const choice = (of: string, label: string, options: Option[], more: Partial<Field> = {}): Field => ({
    name: of, label, kind: "choice", required: true, options, value: options[0]?.value ?? "", testid: of, ...more,
  });
  const options = (of: Record<string, string>): Option[] => Object.entries(of).map(([value, label]) => ({ value, label }));
  if (name === "promise") {
    const minutes = [5, 10, 15, 30, 60, 120, 1_440].map((m) => ({ value: String(m), label: m < 60 ? t.minutes(m) : t.hours(m / 60) }));
    return [[choice("minutes", t.promise, minutes, { value: "15" })], { body: (v) => ({ minutes: Number(v.minutes) }) }];
  }
  if (name === "new_car") return [[choice("reason_code", t.reason, options(t.carReasons))], { path: "new-car", weighty: true }];
  if (name === "person") {
    const people = colleagues
      .filter((one) => one.may_hold)
      .map((one) => ({ value: one.id, label: one.online ? one.name : `${one.name} · ${t.away}` }));
    return [[choice("staff_id", t.colleague, people), reason(t)], {}];
  }
  // Nothing may ring in the car of an S0 unless the reporter asks for it.
  const asked: Field = {
    name: "asked", label: t.askedForCall, kind: "radio", required: true, value: "no",
    options: [{ value: "no", label: t.no }, { value: "yes", label: t.yes }], when: () => detail.state.quiet,
  };
  const body = (v: Values): Record<string, unknown> => ({ from: v.from, to: v.to, asked: v.asked === "yes" });
  return [[choice("from", t.caller, options(t.parties), { value: "desk" }), choice("to", t.callee, options(t.parties), { value: "passenger" }), asked], { body }];
}

/** True if accepting would take the conversation from a colleague who has accepted it. */
export function takesOver(detail: Detail): boolean {
  const main = mainCase(detail);
  return detail.state.holder === "person" && main?.accepted_by !== null;
}

declare global {
  interface HTMLElementEventMap {
    "vg-ask": CustomEvent<Act>;
  }
}

/** Lets a card open the page's dialog with an act of its own. */
export function askFor(from: EventTarget | null, act: Act): void {
  from?.dispatchEvent(new CustomEvent("vg-ask", { detail: act, bubbles: true }));
}

/** What the platform is asked for must not be done twice when the desk's answer is lost: one opening of the dialog is one act. */
const ONCE = ["refund", "call", "new_car"];

/** What an act asks before it is done, anew for each opening of the dialog; null for one that this page does not know. */
export function actOf(name: string, detail: Detail, t: Texts, colleagues: Colleague[] = []): Act | null {
  const act = asked(name, detail, t, colleagues);
  if (act === null || !ONCE.includes(name)) return act;
  const clientId = newId();
  return { ...act, body: (values) => ({ ...act.body(values), client_id: clientId }) };
}

/** The currency that the trip is or will be charged in. */
function currencyOf(detail: Detail): string {
  type Priced = { total?: { currency?: string } } | null | undefined;
  const of = (one: unknown): string | undefined => (one as Priced)?.total?.currency;
  return of(detail.trip?.charge) ?? of(detail.trip?.quote) ?? "CNY";
}

function asked(name: string, detail: Detail, t: Texts, colleagues: Colleague[]): Act | null {
  const title = t.acts[name] ?? name;
  const act = (ask: string, fields: Field[], more: Partial<Act> = {}): Act => ({
    name,
    path: name.replaceAll("_", "-"),
    title,
    ask,
    fields,
    weighty: false,
    body: (values) => values,
    ...more,
  });
  switch (name) {
    case "accept":
      return act(t.asks.take_over(detail.state.holder_name ?? t.authors.staff), [], {
        title: t.takeOver,
        weighty: true,
        body: () => ({ take_over: true }),
      });
    case "note":
      return act(t.asks.note, [
        { name: "text", label: t.noteText, kind: "area", required: true, testid: "note-text", mentions: colleagues.filter((one) => one.may_see) },
      ]);
    case "escalate":
    case "lower": {
      const raising = name === "escalate";
      const options = grades(detail, t, raising);
      const field: Field = { name: "grade", label: t.grade, kind: "choice", required: true, options, value: options[0]?.value ?? "" };
      const about = raising ? [conduct(t)] : [];
      return act(t.asks[name], [{ ...field, testid: "grade" }, ...about, reason(t)], { weighty: !raising, body: withConduct });
    }
    case "plan": {
      const d = t.deciding;
      return act(d.plan, [{ name: "text", label: d.planText, kind: "area", required: true, testid: "plan-text" }]);
    }
    case "team": {
      const options = Object.entries(t.teams).map(([value, label]) => ({ value, label }));
      return act(
        t.asks.team,
        [{ name: "team", label: t.team, kind: "choice", required: true, options, value: "senior", testid: "team" }, reason(t)],
        { path: "escalate", weighty: true },
      );
    }
    case "promise":
    case "call":
    case "new_car":
    case "person":
      return act(t.asks[name], ...contact(name, detail, t, colleagues));
    case "hold":
    case "release":
      return act(t.asks[name](driverName(detail, t)), [reason(t)], { weighty: true });
    case "emergency_call":
      return act(t.asks.emergency_call, [], { ...emergencyCall(t) });
    case "return":
      return act(t.asks.return, [reason(t, false)], { weighty: true, body: (v) => (v.reason ? { reason: v.reason } : {}) });
    case "resolve": {
      const options = detail.resolution_codes.map(({ code, label }) => ({ value: code, label }));
      return act(
        t.asks.resolve,
        [{ name: "code", label: t.code, kind: "choice", required: true, options, testid: "resolve-code" }, reason(t, true, "resolve-reason")],
        { weighty: true },
      );
    }
    case "close":
    case "reopen":
      return act(t.asks[name], [reason(t)], { weighty: name === "close" });
    case "review": {
      const options = (detail.hold_reasons ?? []).map(({ code, label }) => ({ value: code, label }));
      const decisions = [
        { value: "keep", label: t.keepHold },
        { value: "release", label: t.liftHold },
      ];
      return act(
        t.asks.review(driverName(detail, t)),
        [
          { name: "keep", label: t.decision, kind: "radio", required: true, options: decisions, value: "keep" },
          { name: "why", label: t.driverLearns, kind: "choice", required: true, options, testid: "review-why" },
          reason(t),
        ],
        { weighty: true, body: (v) => ({ keep: v.keep === "keep", why: v.why, reason: v.reason }) },
      );
    }
    case "clear":
      return act(t.asks.clear, [reason(t)], { weighty: true });
    case "refund":
      return act(
        t.asks.refund,
        [
          { name: "amount", label: t.amount, kind: "money", required: true, testid: "amount" },
          { name: "currency", label: t.currency, kind: "line", required: true, value: currencyOf(detail) },
          reason(t),
        ],
        { weighty: true, body: (v) => ({ ...v, amount: (v.amount ?? "").trim(), currency: (v.currency ?? "").trim().toUpperCase() }) },
      );
    default:
      return null;
  }
}

/** The first field that must be filled in and is not; null when all is there. */
export function missing(act: Act, values: Values): Field | null {
  const shown = act.fields.filter((f) => f.when === undefined || f.when(values));
  const bad = (f: Field): boolean => {
    const value = (values[f.name] ?? "").trim();
    if (f.kind === "money") return !/^\d{1,7}(\.\d{1,2})?$/.test(value) || Number(value) === 0;
    return f.required && value === "";
  };
  return shown.find(bad) ?? null;
}

import { render } from "lit";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Desk } from "../../desk";
import { texts as deskTexts } from "../../texts/index";
import { figures } from "./figures";
import { dayBefore, VgBoard } from "./page";
import { texts } from "./texts";
import type { Report } from "./wire";

const driver = (state: string): Report["drivers"][number] => ({
  driver_id: state, driver_name: state, reference: "VG-1", conversation_id: null, label: "-", since: "2026-03-02T04:00:00Z", state, overdue: false,
});
const gone = (n: number): Report["gave_up"] =>
  Array.from({ length: n }, (_, i) => ({ conversation_id: `c${i}`, reference: null, grade: "S3", label: null, asked_at: "2026-03-02T04:00:00Z", last_at: "2026-03-02T04:00:00Z", waited_s: 1 }));
const report = (changed: Partial<Report> = {}): Report => ({
  from: "2026-03-02", to: "2026-03-08", zone: "Asia/Shanghai", made_at: "2026-03-08T04:00:00Z", grades: [], breaches: [], hidden_breaches: 0,
  repeats: [], drivers: [], promises: { given: 0, kept: 0, broken: 0, open: 0 }, gave_up: [], topics: [],
  contacts: { began: 0, ended: 0, alone: 0, alone_share: null, known: 0, repeated: 0, first_contact: null }, satisfaction: null, days: [], ...changed,
});

function shown(found: Report, testid: string): string {
  const place = document.createElement("div");
  render(figures(found, { locale: "en", t: deskTexts.en } as unknown as Desk, texts.en, () => undefined), place);
  return (place.querySelector(`[data-testid=${testid}]`)?.textContent ?? "").replace(/\s+/g, " ").trim();
}

describe("figures", () => {
  it("counts all who gave up, though only the first are listed", () => {
    const text = shown(report({ gave_up: gone(63) }), "gave-up");
    expect(text).toMatch(/^Left without an answer 63 /);
    expect(text).toMatch(/and 13 more$/);
  });

  it("says of a driver whom the platform has not stopped that they are not", () => {
    expect(shown(report({ drivers: [driver("failing")] }), "drivers")).toContain("not stopped yet");
    expect(shown(report({ drivers: [driver("held")] }), "drivers")).not.toContain("not stopped yet");
  });
});

describe("dayBefore", () => {
  it("counts days, not hours: a day of 23 hours is one", () => {
    // 00:30 on Monday in New York; the Sunday before lost an hour.
    expect(dayBefore(1, "America/New_York", Date.parse("2026-03-09T04:30:00Z"))).toBe("2026-03-08");
  });
});

describe("vg-board", () => {
  afterEach(() => vi.restoreAllMocks());

  it("shows the period that was chosen last, whichever answer comes last", async () => {
    const answers: { path: string; give: (found: unknown) => void }[] = [];
    const board = new VgBoard() as unknown as { desk: Desk; report: Report | null; read: () => Promise<void>; choose: (days: number) => void };
    board.desk = {
      api: { get: (path: string) => new Promise((give) => (path.includes("report") ? answers.push({ path, give }) : give({ open: [] }))) },
      locale: "en", t: deskTexts.en,
    } as unknown as Desk;
    board.report = report();
    board.choose(90);
    board.choose(1);
    expect(answers.map((one) => one.path.includes("from="))).toEqual([true, true]);
    const [older, newer] = answers;
    newer?.give(report({ from: "2026-03-08" }));
    await vi.waitFor(() => expect(board.report?.from).toBe("2026-03-08"));
    older?.give(report({ from: "2025-12-09" }));
    await new Promise((done) => setTimeout(done));
    expect(board.report.from).toBe("2026-03-08");
  });
});

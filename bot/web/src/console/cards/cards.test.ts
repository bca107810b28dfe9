import { render } from "lit";
import { describe, expect, it } from "vitest";
import type { Desk } from "../desk";
import { factWords } from "../fact";
import { VgClock } from "../ticker";
import { texts } from "../texts/index";
import type { Detail, Promised } from "../wire";
import { promisesCard } from "./promises";
import { timelineCard } from "./timeline";

customElements.define("vg-clock", VgClock);

function shown(card: (desk: Desk) => unknown, locale: "zh" | "en", detail: Partial<Detail>): string {
  const place = document.createElement("div");
  document.body.append(place);
  render(card({ locale, t: texts[locale], detail, me: null } as unknown as Desk), place);
  const text = place.textContent.replace(/\s+/g, " ").trim();
  place.remove();
  return text;
}

const soon = (seconds: number): string => new Date(Date.now() + seconds * 1_000).toISOString();
const promised = (seconds: number, broken: boolean): Promised => ({ id: "p", kind: "promise.kept", label: "Promised time", due_at: soon(seconds), broken, by: "Li" });

describe("promisesCard", () => {
  it("counts down what runs and says plainly what was broken", () => {
    const text = shown(promisesCard, "en", { promises: [promised(-90, true), promised(600.5, false)] });
    expect(text).toContain("given by Li");
    expect(text).toMatch(/Broken 1:3\d ago, still owed/);
    expect(text).toMatch(/(10:00|9:59) left/);
    expect(shown(promisesCard, "zh", { promises: [promised(-90, true)] })).toMatch(/已失约 1:3\d，仍未兑现/);
  });

  it("is not there when nothing was promised", () => {
    expect(shown(promisesCard, "en", { promises: [] })).toBe("");
  });
});

describe("timelineCard", () => {
  it("says who did what in the words of the desk", () => {
    const entry = { at: soon(0), who: "software:joining", act: "raised", label: "升级", details: { after: "S1" }, facts: [{ name: "after", label: "之后", value: "S1" }], by: "并案" };
    const text = shown(timelineCard, "zh", { timeline: [entry] });
    expect(text).toContain("升级");
    expect(text).toContain("· 并案");
    expect(text).toContain("之后：S1");
  });
});

describe("factWords", () => {
  it("writes instants in this device's time and leaves the rest", () => {
    const at = new Date(2026, 0, 2, 15, 4);
    const facts = [{ name: "due", label: "due", value: at.toISOString() }, { name: "words", label: "words", value: "at 2026-01-02" }];
    expect(factWords(facts, "en")).toMatch(/^due: .*15:04 · words: at 2026-01-02$/);
  });
});

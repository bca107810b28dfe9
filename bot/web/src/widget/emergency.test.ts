import { expect, it } from "vitest";
import type { Emergency } from "../shared/wire";
import { bestKnown, keeping } from "./emergency";

const MINUTE = 60_000;
const HANGZHOU: Emergency = {
  place: "Hangzhou", numbers: [{ service: "police", number: "110", label: "Police" }],
  text_number: { number: "12110571", body: "" }, basis: "position",
};
const LONDON: Emergency = { place: "London", numbers: [{ service: "police", number: "999", label: "Police" }], text_number: null, basis: "trip" };

const first = (shown: Emergency): string | undefined => shown.numbers[0]?.number;

it("holds to the desk's word while that is new and the device is where it was", () => {
  const told = keeping(HANGZHOU, "Asia/Shanghai", 0);
  expect(bestKnown(told, "en", "Asia/Shanghai", 59 * MINUTE)).toBe(told);
});

it("believes the device's zone once the device has travelled", () => {
  const shown = bestKnown(keeping(HANGZHOU, "Asia/Shanghai", 0), "en", "Asia/Hong_Kong", MINUTE);
  expect([first(shown), shown.place, shown.basis]).toEqual(["999", null, "language"]);
});

it("names no place by an old word", () => {
  const shown = bestKnown(keeping(HANGZHOU, "Asia/Shanghai", 0), "en", "Asia/Shanghai", 61 * MINUTE);
  expect([first(shown), shown.place, shown.basis]).toEqual(["110", null, "language"]);
  const kept = bestKnown(keeping(LONDON, "Europe/London", 0), "zh", "Europe/London", 61 * MINUTE);
  expect([first(kept), kept.place, kept.basis]).toEqual(["999", null, "language"]);
});

it("takes what a version before kept without its time for old", () => {
  expect(bestKnown(HANGZHOU, "en", "Asia/Hong_Kong", 0).numbers[0]?.number).toBe("999");
});

import { describe, expect, it } from "vitest";
import { Newest } from "./newest";

interface Reading {
  key: string;
  broken: boolean;
  end: (value: string) => void;
  fail: () => void;
}

function reader(): { readings: Reading[]; got: string[]; newest: Newest<string> } {
  const [readings, got]: [Reading[], string[]] = [[], []];
  const read = (key: string, signal: AbortSignal): Promise<string> =>
    new Promise((end, no) => {
      const reading = { key, broken: false, end, fail: () => no(new Error("away")) };
      readings.push(reading);
      signal.addEventListener("abort", () => {
        reading.broken = true;
        no(new Error("broken off"));
      });
    });
  const newest = new Newest<string>(read, { got: (value) => got.push(value), failed: () => got.push("failed") });
  return { readings, got, newest };
}

describe("who steps past conversations", () => {
  it("waits for the one they stop at alone: the others are broken off and say nothing", async () => {
    const { readings, got, newest } = reader();
    const looks = ["a", "b", "c"].map((key) => newest.look(key));
    expect(readings.map((one) => [one.key, one.broken])).toEqual([["a", true], ["b", true], ["c", false]]); // prettier-ignore
    readings[2]?.end("c as it is");
    await Promise.all(looks);
    expect(got).toEqual(["c as it is"]);
  });

  it("sees what came in after a look began: one more follows, and no two of a kind run at a time", async () => {
    const { readings, got, newest } = reader();
    const looks = [newest.look("a"), newest.look("a"), newest.look("a")];
    expect(readings.length).toBe(1);
    readings[0]?.end("old");
    await expect.poll(() => readings.length).toBe(2);
    readings[1]?.end("new");
    await Promise.all(looks);
    expect([got, readings.length]).toEqual([["old", "new"], 2]);
  });

  it("is told when it cannot be read, and may ask anew", async () => {
    const { readings, got, newest } = reader();
    const first = newest.look("a");
    readings[0]?.fail();
    await first;
    const second = newest.look("a");
    readings[1]?.end("there");
    await second;
    expect(got).toEqual(["failed", "there"]);
  });

  it("hears nothing after signing out", async () => {
    const { readings, got, newest } = reader();
    const look = newest.look("a");
    newest.stop();
    readings[0]?.end("late");
    await look;
    expect(got).toEqual([]);
  });
});

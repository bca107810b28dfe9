import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Timers } from "./timers";

describe("hints that ask for a look", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("are not put off by a storm of more hints", async () => {
    const [timers, look] = [new Timers(), vi.fn(() => Promise.resolve())];
    for (let i = 0; i < 100; i++) {
      timers.gather("queue", look);
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(look.mock.calls.length).toBeGreaterThan(10);
    expect(look.mock.calls.length).toBeLessThan(20);
  });

  it("that come during a look are followed by one more, and no two looks run at a time", async () => {
    const timers = new Timers();
    let [now, most, looks] = [0, 0, 0];
    const look = async (): Promise<void> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((done) => setTimeout(done, 500));
      looks += 1;
      now -= 1;
    };
    timers.gather("queue", look);
    await vi.advanceTimersByTimeAsync(300);
    for (let i = 0; i < 5; i++) timers.gather("queue", look);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([looks, most]).toEqual([2, 1]);
  });

  it("go on after a look that failed", async () => {
    const [timers, look] = [new Timers(), vi.fn(() => Promise.resolve())];
    timers.gather("queue", async () => Promise.reject(new Error("away")).catch(() => undefined));
    await vi.advanceTimersByTimeAsync(200);
    timers.gather("queue", look);
    await vi.advanceTimersByTimeAsync(200);
    expect(look).toHaveBeenCalledOnce();
  });
});

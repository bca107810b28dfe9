import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Again } from "./again";

const host = (): ConstructorParameters<typeof Again>[0] & { isConnected: boolean } => ({
  isConnected: true,
  addController: () => undefined,
  removeController: () => undefined,
  requestUpdate: () => undefined,
  updateComplete: Promise.resolve(true),
});

describe("Again", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("looks at once and again while its element is there", async () => {
    const look = vi.fn(() => Promise.resolve());
    const page = host();
    const again = new Again(page, 1_000, look);
    again.hostConnected();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(look).toHaveBeenCalledTimes(3);
    page.isConnected = false;
    again.hostDisconnected();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(look).toHaveBeenCalledTimes(3);
  });

  it("keeps one pace however often it is asked, and waits for a slow look", async () => {
    let ended = 0;
    const again = new Again(host(), 1_000, () => new Promise((done) => setTimeout(() => done((ended += 1)), 300)));
    void again.now();
    void again.now();
    await vi.advanceTimersByTimeAsync(1_200);
    expect(ended).toBe(2);
    await vi.advanceTimersByTimeAsync(1_300);
    expect(ended).toBe(3);
  });

  it("ends with a look that says so", async () => {
    const look = vi.fn(() => Promise.resolve(false));
    new Again(host(), 1_000, look).hostConnected();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(look).toHaveBeenCalledTimes(1);
  });
});

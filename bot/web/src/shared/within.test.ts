import { afterEach, describe, expect, it, vi } from "vitest";
import { ask, Unreachable } from "./http";
import { within } from "./within";

afterEach(() => vi.unstubAllGlobals());

describe("within", () => {
  it("breaks off what lasts longer, and leaves no timer behind what does not", async () => {
    const cut = within(10, (signal) => new Promise((_, reject) => (signal.onabort = () => reject(new Error("cut")))));
    await expect(cut).rejects.toThrow("cut");
    let kept: AbortSignal | null = null;
    expect(await within(10, (signal) => Promise.resolve((kept = signal)))).toBe(kept);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((kept as unknown as AbortSignal).aborted).toBe(false);
  });
});

describe("ask", () => {
  it("gives up on an answer that begins and does not end", async () => {
    const slow = (_: string, { signal }: RequestInit): Promise<unknown> =>
      Promise.resolve({
        status: 200,
        text: () => new Promise((_done, reject) => signal?.addEventListener("abort", () => reject(new Error("cut")))),
      });
    vi.stubGlobal("fetch", slow);
    await expect(ask("/slow", { timeout: 20 })).rejects.toBeInstanceOf(Unreachable);
  });
});

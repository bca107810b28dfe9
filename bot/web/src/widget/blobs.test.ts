import { afterEach, beforeEach, expect, it, vi } from "vitest";

let { find, forget, keep } = await import("./blobs");

beforeEach(async () => {
  vi.resetModules();
  ({ find, forget, keep } = await import("./blobs"));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("keeps a file in the page where the browser's database never opens", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("indexedDB", { open: () => ({}) });
  const blob = new Blob(["a picture"]);
  const kept = keep("one", blob);
  await vi.advanceTimersByTimeAsync(3_000);
  await kept;
  expect(await find("one")).toBe(blob);
  const forgotten = forget("one");
  await vi.advanceTimersByTimeAsync(3_000);
  await forgotten;
  const looked = expect(find("one")).rejects.toThrow("no answer");
  await vi.advanceTimersByTimeAsync(3_000);
  await looked;
});

it("finds what lies there once a database that was slow has opened", async () => {
  vi.useFakeTimers();
  const blob = new Blob(["a picture"]);
  vi.stubGlobal("indexedDB", opensAfter(4_000, new Map([["one", blob]])));
  const looked = expect(find("one")).rejects.toThrow("no answer");
  await vi.advanceTimersByTimeAsync(3_000);
  await looked;
  await vi.advanceTimersByTimeAsync(1_000);
  const again = find("one");
  await vi.advanceTimersByTimeAsync(1);
  expect(await again).toBe(blob);
  const nothing = find("two");
  await vi.advanceTimersByTimeAsync(1);
  expect(await nothing).toBeNull();
});

it("opens a database anew that the browser has closed", async () => {
  vi.useFakeTimers();
  const blob = new Blob(["a picture"]);
  const browser = opensAfter(0, new Map([["one", blob]]));
  vi.stubGlobal("indexedDB", browser);
  const first = find("one").catch(() => null);
  await vi.advanceTimersByTimeAsync(1);
  await first;
  browser.shut();
  const looked = expect(find("one")).rejects.toThrow("closed");
  await vi.advanceTimersByTimeAsync(1);
  await looked;
  const again = find("one");
  await vi.advanceTimersByTimeAsync(1);
  expect(await again).toBe(blob);
});

/** A browser's database with `files` in it that takes `ms` to open; `shut`: the browser closes what is open. */
function opensAfter(ms: number, files: Map<string, Blob>): { open: () => object; shut: () => void } {
  let open = 0;
  let gone = 0;
  const connection = (own: number): object => ({
    transaction: () => {
      if (own <= gone) throw new Error("closed");
      const transaction: { oncomplete?: () => void; objectStore: () => object } = {
        objectStore: () => ({ get: (id: string) => (setTimeout(() => transaction.oncomplete?.(), 1), { result: files.get(id) }) }),
      };
      return transaction;
    },
  });
  return {
    open: () => {
      const request: { result?: object; onsuccess?: () => void } = {};
      setTimeout(() => {
        request.result = connection((open += 1));
        request.onsuccess?.();
      }, ms);
      return request;
    },
    shut: () => (gone = open),
  };
}

import { afterEach, expect, it, vi } from "vitest";
import { texts } from "./texts";
import { upload } from "./upload";

afterEach(() => vi.unstubAllGlobals());

const photo = (id: string): Promise<unknown> =>
  upload("http://desk.invalid/", {}, { client_id: id, text: "", file: "photo", written: 0 }, texts.en, () => undefined).catch((error: unknown) => error);

it("tries a file again that cannot be read now, and puts it before the person in the end", async () => {
  vi.stubGlobal("indexedDB", { open: () => { throw new Error("not now"); } });
  for (let look = 1; look < 15; look += 1) expect(await photo("one")).toMatchObject({ status: 503 });
  expect(await photo("one")).toMatchObject({ status: 410, message: texts.en.fileUnread });
  expect(await photo("one")).toMatchObject({ status: 503 });
});

it("says of a file that it is gone only where a look has found nothing", async () => {
  vi.stubGlobal("indexedDB", undefined);
  expect(await photo("two")).toMatchObject({ status: 410, message: texts.en.fileGone });
});

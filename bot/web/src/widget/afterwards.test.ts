import { render } from "lit";
import { expect, it } from "vitest";
import { Unreachable } from "../shared/http";
import { Afterwards } from "./afterwards";
import type { Chat } from "./chat";
import { texts } from "./texts";

it("promises no second try that it does not make", async () => {
  const page = document.createElement("div");
  const chat = { afterwards: { rating: true, transcript: false }, post: () => Promise.reject(new Unreachable("no answer")) } as unknown as Chat;
  const after: Afterwards = new Afterwards(chat, () => render(after.view(texts.en), page));
  const press = (id: string): void => page.querySelector<HTMLElement>(`[data-testid=${id}]`)?.click();
  render(after.view(texts.en), page);
  press("after-rating");
  page.querySelectorAll("input")[4]?.dispatchEvent(new Event("change"));
  press("rating-send");
  await new Promise((done) => setTimeout(done));
  expect(page.querySelector("[data-testid=after-told]")?.textContent).toBe(texts.en.afterFailed);
  expect(page.querySelector("[data-testid=rating]")).not.toBeNull();
});

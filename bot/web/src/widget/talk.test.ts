import { render } from "lit";
import { describe, expect, it } from "vitest";
import type { Message } from "../shared/wire";
import type { Chat } from "./chat";
import { LONGEST, length } from "./composer";
import { builtIn } from "./emergency";
import type { Pending } from "./shelf";
import { offering, talk } from "./talk";
import { chooseLocale, texts } from "./texts";

let seq = 0;
const said = (author: Message["author"], more: Partial<Message> = {}): Message => {
  seq += 1;
  return { id: `m${seq}`, seq, author, text: "…", at: "2026-01-01T00:00:00Z", ...more };
};
const buttons = [{ title: "Yes", payload: "/yes" }];

describe("offering", () => {
  it("offers the buttons said since the person last wrote", () => {
    const old = said("assistant", { buttons });
    const own = said("reporter");
    const fresh = said("assistant", { buttons });
    expect([...offering([old, own, fresh], new Set(), 0)]).toEqual([fresh.id]);
  });

  it("keeps the safety question until it is answered by a tap", () => {
    const question = said("assistant", { buttons, kind: "check_in" });
    const own = said("reporter");
    expect([...offering([question, own], new Set(), 0)]).toEqual([question.id]);
    expect([...offering([question, own], new Set([question.id]), 0)]).toEqual([]);
  });

  it("withdraws ordinary buttons while something is on its way", () => {
    expect(offering([said("assistant", { buttons })], new Set(), 1).size).toBe(0);
  });

  it("is not ended by a message that was refused", () => {
    const [messages, waits] = [[said("assistant", { buttons })], { client_id: "p", text: "hello", written: 0 }];
    const shown = (pending: Pending[]): number => {
      const chat = { pending, typing: null, said: { messages, earlier: [] }, banner: "none", seen: 0, status: "live", sending: { moved: new Map(), held: new Map() } };
      const page = document.createElement("div");
      render(talk(chat as unknown as Chat, new Set(), { tap: () => undefined, edit: () => undefined }, "en", texts.en), page);
      return page.querySelectorAll("[data-testid=quick-reply]").length;
    };
    expect(shown([waits])).toBe(0);
    expect(shown([{ ...waits, refused: "Not this. Send another." }])).toBe(1);
  });
});

describe("builtIn", () => {
  const first = (locale: "zh" | "en", zone: string): string | undefined => builtIn(locale, zone).numbers[0]?.number;

  it("goes by the device's time zone before the language", () => {
    expect(first("en", "Asia/Shanghai")).toBe("110");
    expect(first("zh", "Asia/Hong_Kong")).toBe("999");
    expect(builtIn("en", "Asia/Taipei").numbers.map((n) => n.number)).toEqual(["110", "119", "119"]);
  });

  it("never leaves anybody without a number", () => {
    expect(first("zh", "")).toBe("110");
    expect(first("en", "Europe/Paris")).toBe("112");
  });
});

describe("length", () => {
  it("counts an emoji as one, as the desk does", () => {
    expect(length("🚕".repeat(2_000))).toBe(2_000);
    expect(length("车".repeat(LONGEST))).toBe(LONGEST);
  });
});

describe("chooseLocale", () => {
  it("takes what was asked for, else the browser's, and reads all Chinese as Chinese", () => {
    expect(chooseLocale("en", "zh-CN")).toBe("en");
    expect(chooseLocale(null, "zh-HK")).toBe("zh");
    expect(chooseLocale(undefined, "fr-FR")).toBe("en");
  });
});

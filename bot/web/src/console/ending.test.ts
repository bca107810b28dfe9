import { describe, expect, it } from "vitest";
import { lastSeq, missed, withSeen } from "./ending";
import { texts } from "./texts/index";
import type { StaffMessage } from "./wire";

function said(seq: number, author: StaffMessage["author"], text: string): StaffMessage {
  return { id: `m${seq}`, seq, author, text, at: "" };
}

describe("an act that ends or lowers", () => {
  it("says what the page has shown; others do not", () => {
    expect(withSeen("resolve", { code: "explained", reason: "r" }, 7)).toEqual({ code: "explained", reason: "r", seen_seq: 7 });
    for (const path of ["return", "lower", "clear"]) expect(withSeen(path, {}, 7)).toEqual({ seen_seq: 7 });
    expect(withSeen("note", { text: "t" }, 7)).toEqual({ text: "t" });
  });

  it("shows what the reporter wrote meanwhile, and only that", () => {
    const messages = [said(1, "reporter", "old"), said(2, "staff", "mine"), said(3, "reporter", "he has a knife"), said(4, "system", "s")];
    expect(missed(messages, 2, texts.en)).toBe(`${texts.en.unseenAct}\n“he has a knife”`);
    expect(lastSeq(messages)).toBe(4);
  });
});

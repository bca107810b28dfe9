import { beforeEach, describe, expect, it } from "vitest";
import { Answer } from "./answer";
import type { Api } from "./api";
import type { OfferedMacro } from "./saying";
import { texts } from "./texts/index";

const macro = { id: "m1", promise_minutes: 15, promise_at: "2099-01-01T00:15:00Z" } as OfferedMacro;

/** A page's answer; `sent` are the bodies that it has sent. */
function page(act: (body: Record<string, unknown>) => Promise<unknown> = () => Promise.resolve({})): { answer: Answer; sent: Record<string, unknown>[] } {
  const sent: Record<string, unknown>[] = [];
  const api = {
    act: (_id: string, path: string, body: Record<string, unknown>) => {
      if (path !== "reply") return Promise.resolve({});
      sent.push(body);
      return act(body);
    },
  } as unknown as Api;
  const nothing = (): void => undefined;
  const hooks = { words: () => texts.en, holds: () => true, reads: () => true, typing: nothing, expired: nothing, sent: () => Promise.resolve(), changed: nothing };
  return { answer: new Answer(api, hooks), sent };
}

describe("a half-written answer", () => {
  beforeEach(() => localStorage.clear());

  it("is there after a reload with the time it promises and the macro it was written from", async () => {
    const before = page().answer;
    before.turnTo("c1");
    before.insert("I write by 00:15.", macro);
    const { answer, sent } = page();
    answer.turnTo("c1");
    expect([answer.text, answer.promise]).toEqual(["I write by 00:15.", 15]);
    await answer.send();
    expect(sent[0]).toMatchObject({ promise_at: macro.promise_at, macros: ["m1"] });
    answer.turnTo("c1");
    expect([answer.text, answer.promise]).toEqual(["", null]);
  });

  it("keeps to its own conversation", () => {
    const { answer } = page();
    answer.turnTo("c1");
    answer.write("hello");
    answer.promises(30);
    answer.turnTo("c2");
    expect([answer.text, answer.promise]).toEqual(["", null]);
    answer.turnTo("c1");
    expect([answer.text, answer.promise]).toEqual(["hello", 30]);
  });

  it("tried again after a reload cannot arrive twice, changed it is another answer", async () => {
    const lost = page(() => Promise.reject(new Error("the answer never came")));
    lost.answer.turnTo("c1");
    lost.answer.write("hello");
    await lost.answer.send();
    const { answer, sent } = page();
    answer.turnTo("c1");
    await answer.send();
    expect(sent[0]?.client_id).toBe(lost.sent[0]?.client_id);
    lost.answer.turnTo("c1");
    lost.answer.write("hello you");
    await lost.answer.send();
    expect(lost.sent[1]?.client_id).not.toBe(lost.sent[0]?.client_id);
  });

  it("does not fall over what somebody else keeps in the browser", () => {
    localStorage.setItem("vigil:console:beside:c1", "{half");
    const { answer } = page();
    answer.turnTo("c1");
    expect(answer.promise).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import { actOf } from "./acts";
import { fitting, Saying, type OfferedMacro } from "./saying";
import { texts } from "./texts/index";
import type { Api } from "./api";
import type { Detail } from "./wire";

function macro(id: string, more: Partial<OfferedMacro> = {}): OfferedMacro {
  return { id, name: id, also: "", topic: "talk", text: "", missing: [], why_not: null, used: 0, promise_minutes: null, promise_at: null, ...more };
}

const detail = (grade: string | null, last: string): Detail =>
  ({ state: { grade, watched: false, quiet: false }, messages: [{ id: last, author: "reporter" }] }) as unknown as Detail;

describe("fitting", () => {
  const all = [
    macro("hello", { also: "问候" }),
    macro("refund", { topic: "refund_status", text: "We have refunded it", why_not: "not yet" }),
    macro("fare", { topic: "fare_dispute", text: "the fare of your order" }),
  ];

  it("wants every word, in either language, in whatever it is made of", () => {
    expect(fitting(all, "问候", []).map((m) => m.id)).toEqual(["hello"]);
    expect(fitting(all, "order FARE", []).map((m) => m.id)).toEqual(["fare"]);
    expect(fitting(all, "order refund", [])).toEqual([]);
  });

  it("puts the matter at hand first and what may not go out yet behind its like", () => {
    expect(fitting(all, "", ["fare_dispute"]).map((m) => m.id)).toEqual(["fare", "hello", "refund"]);
  });
});

describe("suggestions", () => {
  it("are asked for once a message, only in routine that this person holds, and go when it turns grave", async () => {
    const asked: string[] = [];
    const api = {
      get: (url: string) => {
        asked.push(url);
        return Promise.resolve(url.endsWith("suggestions") ? { suggestions: [{ id: "m", text: "x", missing: [] }] } : {});
      },
    } as unknown as Api;
    const saying = new Saying(api, () => undefined);
    saying.turnTo("c1");
    for (const [grade, last, holds] of [["S3", "a", false], [null, "a", true], ["S3", "a", true], ["S3", "b", true]] as const) saying.follow(detail(grade, last), holds);
    await Promise.resolve();
    await Promise.resolve();
    expect(asked.filter((url) => url.endsWith("suggestions"))).toHaveLength(2);
    expect(saying.suggestions).toHaveLength(1);
    saying.follow(detail("S1", "b"), true);
    expect(saying.suggestions).toEqual([]);
  });
});

describe("contact acts", () => {
  it("asks whether the reporter wants the call only where nothing may ring", () => {
    const t = texts.en;
    const quiet = { ...detail("S0", "a"), state: { ...detail("S0", "a").state, quiet: true } };
    const shown = (of: Detail): string[] => (actOf("call", of, t)?.fields ?? []).filter((f) => f.when === undefined || f.when({})).map((f) => f.name);
    expect(shown(detail("S3", "a"))).toEqual(["from", "to"]);
    expect(shown(quiet)).toEqual(["from", "to", "asked"]);
    expect(actOf("call", quiet, t)?.body({ from: "desk", to: "driver", asked: "no" })).toMatchObject({ from: "desk", to: "driver", asked: false });
  });

  it("offers colleagues who may hold the conversation, and says who is away", () => {
    const one = { id: "1", name: "Sam", roles: [], online: false, may_see: true, may_hold: true };
    const act = actOf("person", detail("S3", "a"), texts.en, [one, { ...one, id: "2", may_hold: false }]);
    expect(act?.fields[0]?.options).toEqual([{ value: "1", label: `Sam · ${texts.en.away}` }]);
  });
});

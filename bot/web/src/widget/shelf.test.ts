import { beforeEach, describe, expect, it } from "vitest";
import { identityName } from "./identity";
import { Drawer, Shelf } from "./shelf";

describe("Shelf", () => {
  beforeEach(() => localStorage.clear());

  it("holds messages over a reload, and apart for each person", () => {
    new Shelf("anna").add({ client_id: "x", text: "hello", written: 5 });
    expect(new Shelf("anna").pending().map((m) => m.text)).toEqual(["hello"]);
    expect(new Shelf("bert").pending()).toEqual([]);
  });

  it("goes on from memory when the browser's storage is full", () => {
    const full = Object.assign(Object.create(null) as Storage, {
      length: 0,
      key: () => null,
      getItem: () => null,
      removeItem: () => undefined,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    const shelf = new Shelf("anna", new Drawer(full));
    shelf.add({ client_id: "x", text: "help", written: 5 });
    expect(shelf.pending().map((m) => m.text)).toEqual(["help"]);
    expect(shelf.onlyHere("x")).toBe(true);
    shelf.remove("x");
    expect(shelf.pending()).toEqual([]);
  });

  const said = (shelf: Shelf): string[] => shelf.pending().map((m) => m.text);

  it("writes again what it wrote when the page around it empties the storage, each tab its own", () => {
    const [one, two] = [new Shelf("anna"), new Shelf("anna")];
    one.add({ client_id: "x", text: "help", written: 5 });
    two.add({ client_id: "y", text: "hurry", written: 6 });
    localStorage.clear();
    expect(said(one)).toEqual(["help"]);
    expect(said(two)).toEqual(["help", "hurry"]);
    expect(said(new Shelf("anna"))).toEqual(["help", "hurry"]);
  });

  it("does not bring back what another tab has delivered", () => {
    const [one, two] = [new Shelf("anna"), new Shelf("anna")];
    one.add({ client_id: "x", text: "help", written: 5 });
    two.remove("x");
    expect(said(one)).toEqual([]);
    localStorage.clear();
    expect(said(one)).toEqual([]);
  });

  it("keeps the order of writing when the clock goes back, after what an older widget kept by its time", () => {
    localStorage.setItem("vigil:anna:out:001763000000000.000001:old", JSON.stringify({ client_id: "old", text: "old", written: 1763000000000 }));
    const shelf = new Shelf("anna");
    for (const [text, written] of [["first", 9], ["second", 8], ["third", 7]] as const) shelf.add({ client_id: text, text, written });
    expect(said(shelf)).toEqual(["old", "first", "second", "third"]);
    new Shelf("anna").add({ client_id: "fourth", text: "fourth", written: 1 });
    expect(said(shelf)).toEqual(["old", "first", "second", "third", "fourth"]);
  });

  it("gives what is unsent to another in its order", () => {
    const [nobody, anna] = [new Shelf("anonymous"), new Shelf("anna")];
    for (const text of ["first", "second"]) nobody.add({ client_id: text, text, written: 5 });
    nobody.moveTo(anna);
    expect([said(nobody), said(anna)]).toEqual([[], ["first", "second"]]);
    localStorage.clear();
    expect([said(nobody), said(anna)]).toEqual([[], ["first", "second"]]);
  });
});

describe("identityName", () => {
  const token = (claims: object, signature: string): string => {
    const part = btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(claims))));
    return `e30.${part.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.${signature}`;
  };

  it("stays the same when the app renews a person's token", () => {
    const [old, renewed] = [token({ sub: "r1", kind: "rider", exp: 1, name: "林晓雨" }, "a"), token({ sub: "r1", kind: "rider", exp: 2 }, "b")];
    expect(identityName(old)).toBe(identityName(renewed));
  });

  it("tells people apart, whatever kind of token the app has", () => {
    const tokens = [null, token({ sub: "r1", kind: "rider" }, "a"), token({ sub: "r1", kind: "driver" }, "a"), "opaque-1", "opaque-2"];
    expect(new Set(tokens.map(identityName)).size).toBe(5);
  });
});

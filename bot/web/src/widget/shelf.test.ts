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
    shelf.remove("x");
    expect(shelf.pending()).toEqual([]);
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

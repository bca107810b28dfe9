import { describe, expect, it } from "vitest";
import { composing, sends } from "./keys";
import { tappable, telephone, textMessage } from "./telephone";
import { clockTime, span } from "./times";

describe("telephone", () => {
  it("makes a link of a number and of nothing else", () => {
    expect(telephone("110")).toBe("tel:110");
    expect(telephone("+86 (571) 110-120")).toBe("tel:+86571110120");
    expect(telephone("javascript:alert(1)")).toBeNull();
    expect(telephone("")).toBeNull();
  });

  it("fills a text message in", () => {
    expect(textMessage("12110571", "车牌 浙A&1")).toBe(`sms:12110571?&body=${encodeURIComponent("车牌 浙A&1")}`);
  });

  it("lets only calls, text messages and secure pages be tapped", () => {
    expect(["tel:110", "sms:12110571?body=x", "https://a.example/receipt"].every(tappable)).toBe(true);
    expect(["javascript:alert(1)", "tel:1;x=<b>", "http://a.example", "data:text/html,x", "sms:x"].some(tappable)).toBe(false);
  });
});

describe("span", () => {
  it("reads as minutes, hours, then days", () => {
    expect([span(0), span(61), span(-125), span(3_661), span(50 * 3_600)]).toEqual(["0:00", "1:01", "2:05", "1:01:01", "2 d 2 h"]);
    expect(span(50 * 3_600, "zh")).toBe("2 天 2 小时");
  });
});

describe("clockTime", () => {
  it("adds the day when it is another one, and says nothing for what is no time", () => {
    const now = new Date(2026, 2, 5, 12, 0);
    expect(clockTime(new Date(2026, 2, 5, 9, 7).toISOString(), "en", now)).toBe("09:07");
    expect(clockTime(new Date(2026, 2, 4, 9, 7).toISOString(), "en", now)).toBe("4 Mar 09:07");
    expect(clockTime("never", "en", now)).toBe("");
  });
});

describe("sends", () => {
  const press = (init: KeyboardEventInit & { keyCode?: number }): KeyboardEvent => new KeyboardEvent("keydown", { key: "Enter", ...init });

  it("leaves Enter to an input method that is choosing characters", () => {
    expect(sends(press({}))).toBe(true);
    expect(sends(press({ shiftKey: true }))).toBe(false);
    expect(composing(press({ isComposing: true }))).toBe(true);
    expect(sends(press({ isComposing: true }))).toBe(false);
  });
});

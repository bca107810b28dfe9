import type { LitElement } from "lit";
import type { Desk } from "../desk";
import type { Locale } from "../../shared/wire";

/** A page beside the desk: its address is /console#/<name>. */
export interface Page {
  /** the custom element that shows it, without shadow root; it gets the desk as its property `desk` */
  element: string;
  title: Record<Locale, string>;
  /** the roles that are offered it; the desk itself decides what each may do */
  roles: readonly string[];
  load(): Promise<unknown>;
}

/** What every page's element has. */
export interface PageElement extends HTMLElement {
  requestUpdate: LitElement["requestUpdate"];
  /** asked to show itself anew whenever what the desk knows has changed */
  desk: Desk;
}

/** Loaded when first opened, so that an agent who only answers waits for nothing else. */
export const PAGES: Record<string, Page> = {
  search: { element: "vg-search", title: { en: "Search", zh: "搜索" }, roles: ["agent", "safety", "supervisor", "police_liaison"], load: () => import("./search/page") },
  macros: { element: "vg-macros", title: { en: "Macros", zh: "常用语" }, roles: ["agent", "safety", "supervisor", "police_liaison"], load: () => import("./macros/page") },
  board: { element: "vg-board", title: { en: "Board", zh: "看板" }, roles: ["supervisor"], load: () => import("./board/page") },
  rota: { element: "vg-rota", title: { en: "Rota", zh: "值班表" }, roles: ["supervisor"], load: () => import("./rota/page") },
  accounts: { element: "vg-accounts", title: { en: "Accounts", zh: "账号" }, roles: ["supervisor"], load: () => import("./accounts/page") },
  care: { element: "care-page", title: { en: "Owed to people", zh: "欠着的事" }, roles: ["safety", "supervisor"], load: () => import("./care/page") },
  police: {
    element: "vigil-police-page",
    title: { en: "Police", zh: "警方请求" },
    roles: ["police_liaison", "safety", "supervisor"],
    load: () => import("./police/page"),
  },
};

/** The page that the address names, or "" for the desk itself. */
export function pageAt(hash: string): string {
  const name = /^#\/([a-z-]+)/.exec(hash)?.[1] ?? "";
  return name in PAGES ? name : "";
}

/** The pages offered to a person, in the registry's order. */
export function pagesFor(roles: readonly string[]): [string, Page][] {
  return Object.entries(PAGES).filter(([, page]) => page.roles.some((role) => roles.includes(role)));
}

/** The element of a page, made once its code is there. Raises what the loading raises. */
export async function elementOf(name: string, desk: Desk): Promise<PageElement> {
  const page = PAGES[name];
  if (page === undefined) throw new Error(`no page ${name}`);
  await page.load();
  const element = document.createElement(page.element) as PageElement;
  element.desk = desk;
  return element;
}

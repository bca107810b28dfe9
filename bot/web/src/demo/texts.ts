import type { Locale } from "../shared/wire";

/** The demo page's words; the Chinese object has the type of the English one. */
const en = {
  app: "Vigil Rides",
  heading: "Try the help chat",
  lead: "This page plays a ride app's help screen. Choose who you are and write as that person would.",
  who: "Who are you?",
  anonymous: "Somebody without an account",
  anonymousNote: "A friend, a relative, a police officer, or a passenger who is not signed in.",
  kinds: { rider: "Passenger", driver: "Driver" } as Record<string, string>,
  languages: { zh: "Chinese", en: "English" } as Record<string, string>,
  loading: "Loading the demo people…",
  noPeople: "The demo people could not be loaded. You can still chat as somebody without an account.",
  again: "Load again",
  tryThis: "Things to write",
  examples: ["I left my phone in the car", "He locked the doors and won't stop", "Where is my driver?", "I was charged twice"],
  use: (text: string): string => `Copy “${text}”`,
  copied: "Copied. Paste it into the chat.",
  others: "The other sides",
  console: "Agents' console",
  sandbox: "The driver's side of the sandbox platform",
  phone: "Help screen of the ride app",
  language: "中文",
};

export type Texts = typeof en;

const zh: Texts = {
  app: "守望出行",
  heading: "试用帮助对话",
  lead: "这个页面模拟叫车应用的帮助页。选择您的身份，然后像那个人一样说话。",
  who: "您是谁？",
  anonymous: "没有账号的人",
  anonymousNote: "朋友、家人、警察，或没有登录的乘客。",
  kinds: { rider: "乘客", driver: "司机" },
  languages: { zh: "中文", en: "英文" },
  loading: "正在加载演示人物…",
  noPeople: "演示人物加载失败。您仍然可以不登录直接对话。",
  again: "重新加载",
  tryThis: "可以这样说",
  examples: ["我的手机落在刚才那辆车上了", "司机把车门锁了不让我下车", "司机怎么还没到？", "我被重复扣款了"],
  use: (text) => `复制“${text}”`,
  copied: "已复制，请粘贴到对话里。",
  others: "另一边",
  console: "客服工作台",
  sandbox: "演示平台的司机端",
  phone: "叫车应用的帮助页",
  language: "English",
};

export const texts: Record<Locale, Texts> = { en, zh };

import { css } from "lit";

/** Colours and sizes; dark by the system's setting. Contrast of every text pair is 4.5:1 or more. */
export const tokens = css`
  :host {
    --surface: #ffffff;
    --sunken: #f3f5f7;
    --line: #d5dae1;
    --edge: #77818f;
    --ink: #18202b;
    --soft: #55606f;
    --accent: #0a5f73;
    --accent-ink: #ffffff;
    --mine: #dceff3;
    --alarm: #b3261e;
    --alarm-ink: #ffffff;
    --alarm-soft: #fdeceb;
    --alarm-text: #8c1d18;
    --note: #fff6dc;
    color-scheme: light dark;
    /* Grows with the reader's text size, and is never smaller for a page that has made its own rem small. */
    --rem: max(16px, 1rem);
    font: var(--rem)/1.5 system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
    color: var(--ink);
    text-align: start;
    letter-spacing: normal;
    text-transform: none;
  }
  @media (prefers-color-scheme: dark) {
    :host {
      --surface: #151a21;
      --sunken: #1e252e;
      --line: #37414e;
      --edge: #8793a3;
      --ink: #eef1f5;
      --soft: #aeb8c5;
      --accent: #6cc7da;
      --accent-ink: #06222a;
      --mine: #16414c;
      --alarm: #c4322a;
      --alarm-soft: #3a1917;
      --alarm-text: #ffb4ab;
      --note: #26231a;
    }
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  button,
  a.button,
  textarea {
    font: inherit;
    color: inherit;
  }
  button,
  a.button {
    min-height: 44px;
    min-width: 44px;
    padding: 6px 12px;
    border: 1px solid var(--edge);
    border-radius: 10px;
    background: var(--surface);
    cursor: pointer;
    text-decoration: none;
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    touch-action: manipulation;
  }
  :focus-visible {
    outline: 3px solid var(--accent);
    outline-offset: 2px;
  }
  .plain {
    border-color: transparent;
    background: transparent;
    padding: 6px 10px;
  }
  .primary {
    background: var(--accent);
    color: var(--accent-ink);
    border-color: var(--accent);
    font-weight: 600;
  }
  .alarm {
    background: var(--alarm);
    color: var(--alarm-ink);
    border-color: var(--alarm);
    font-weight: 700;
  }
  .visually-hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

import { css } from "lit";

/** The place of the widget on a page: launcher, panel, header, the blank note. */
export const frame = css`
  :host {
    display: block;
    --screen: 100vh;
  }
  /* A unit that a phone does not know, met through a variable, would take the whole height away. */
  @supports (height: 100dvh) {
    :host {
      --screen: 100dvh;
    }
  }
  :host([floating]) {
    position: fixed;
    right: max(16px, env(safe-area-inset-right));
    bottom: max(16px, env(safe-area-inset-bottom));
    z-index: 2147483000;
  }
  :host(:not([floating])) {
    height: 100%;
    min-height: 0;
  }
  .dock {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 10px;
    align-items: center;
  }
  .dock button {
    border-radius: 999px;
    min-height: 52px;
    padding: 6px 20px;
    box-shadow: 0 4px 14px rgb(0 0 0 / 25%);
  }
  .dock .unsent {
    margin-inline-start: 8px;
    font-size: calc(0.8125 * var(--rem));
    font-weight: 400;
  }
  .dock .dot {
    width: 10px;
    height: 10px;
    border-radius: 50%;
    background: var(--accent-ink);
  }
  .panel {
    display: flex;
    flex-direction: column;
    background: var(--surface);
    overflow-x: hidden;
    overflow-y: auto;
    overscroll-behavior: contain;
    height: 100%;
    position: relative;
    container-type: size;
  }
  :host([floating]) .panel {
    width: min(400px, calc(100vw - 32px));
    height: min(680px, calc(var(--screen) - 32px));
    border: 1px solid var(--line);
    border-radius: 16px;
    box-shadow: 0 12px 40px rgb(0 0 0 / 30%);
  }
  @media (max-width: 520px), (max-height: 420px) {
    :host([floating][open]) {
      top: 0;
      right: 0;
      bottom: 0;
      left: 0;
    }
    :host([floating]) .panel {
      width: 100%;
      height: var(--visible-height, var(--screen));
      margin-top: var(--visible-top, 0);
      border: 0;
      border-radius: 0;
      padding-bottom: env(safe-area-inset-bottom);
    }
  }
  /* Where the screen is too short for everything, the way out and the call for help are what stays. */
  .top {
    position: sticky;
    top: 0;
    z-index: 2;
    flex: none;
    background: var(--surface);
  }
  @container (max-height: 25em) and (min-width: 30em) {
    .top {
      display: flex;
    }
    .top header {
      flex: 1;
      min-width: 0;
    }
    .top .acts {
      flex-wrap: nowrap;
    }
  }
  @container (max-height: 20em) {
    header p {
      display: none;
    }
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px;
    padding: 6px 6px 6px 16px;
    border-bottom: 1px solid var(--line);
  }
  header .who {
    flex: 1 0 3em;
    min-width: 0;
  }
  h2 {
    margin: 0;
    font-size: var(--rem);
    line-height: 1.25;
  }
  header p {
    margin: 0;
    font-size: calc(0.8125 * var(--rem));
    line-height: 1.3;
    color: var(--soft);
    overflow-wrap: anywhere;
  }
  header button {
    font-size: calc(0.875 * var(--rem));
  }
  .acts {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    padding: 8px 12px;
    border-bottom: 1px solid var(--line);
  }
  .acts button {
    flex: 2 1 auto;
  }
  .acts .alarm {
    flex: 3 1 auto;
  }
  .note {
    background: var(--note);
  }
  .note .title {
    justify-content: flex-start;
    font-weight: 600;
    padding: 10px 16px;
    border-radius: 0;
  }
  .note textarea {
    flex: 1;
    border: 0;
    padding: 4px 16px;
    background: transparent;
    resize: none;
  }
  @media (prefers-reduced-motion: no-preference) {
    .typing i {
      animation: breathe 1.4s infinite;
    }
    .typing i:nth-child(2) {
      animation-delay: 0.2s;
    }
    .typing i:nth-child(3) {
      animation-delay: 0.4s;
    }
    @keyframes breathe {
      50% {
        opacity: 0.25;
      }
    }
  }
`;

import { css } from "lit";

/** Messages and the field to write in. */
export const talk = css`
  .log {
    flex: 1 0 0;
    min-height: 72px;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 12px;
    display: flex;
    flex-direction: column;
    gap: 10px;
  }
  .log:focus-visible {
    outline-offset: -3px;
  }
  .intro {
    margin: 0;
    padding: 0 4px;
    font-size: calc(0.8125 * var(--rem));
    color: var(--soft);
    text-align: center;
    text-wrap: balance;
  }
  .message {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    max-width: 100%;
  }
  .message.reporter {
    align-items: flex-end;
  }
  .message.system {
    align-items: center;
    text-align: center;
  }
  .bubble {
    margin: 0;
    max-width: min(86%, calc(34 * var(--rem)));
    padding: 8px 12px;
    border-radius: 14px;
    background: var(--sunken);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    overflow: hidden;
    unicode-bidi: plaintext;
    text-align: start;
  }
  .reporter .bubble {
    background: var(--mine);
    border-end-end-radius: 4px;
  }
  .assistant .bubble,
  .staff .bubble {
    border-end-start-radius: 4px;
  }
  .staff .bubble {
    background: var(--surface);
    border: 2px solid var(--accent);
  }
  .system .bubble {
    background: transparent;
    color: var(--soft);
    font-size: calc(0.875 * var(--rem));
    padding: 2px 8px;
    max-width: 100%;
    text-align: center;
    text-wrap: balance;
  }
  .safety .bubble {
    background: var(--alarm-soft);
    border: 1px solid var(--alarm);
    color: var(--ink);
    font-size: var(--rem);
    padding: 8px 12px;
    text-align: start;
    text-wrap: wrap;
  }
  .meta {
    font-size: calc(0.75 * var(--rem));
    color: var(--soft);
    padding: 2px 4px;
    max-width: 100%;
    overflow-wrap: anywhere;
  }
  .meta.problem {
    color: var(--alarm-text);
  }
  .links,
  .replies {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    padding-top: 6px;
  }
  .replies button {
    border-color: var(--accent);
    border-width: 2px;
    font-weight: 600;
    text-align: start;
    overflow-wrap: anywhere;
  }
  .replies button.alarm {
    border-color: var(--alarm);
  }
  .replies.check {
    align-self: stretch;
  }
  .replies.check button {
    flex: 1 1 100%;
    justify-content: center;
    min-height: 52px;
  }
  .typing {
    color: var(--soft);
    font-size: calc(0.8125 * var(--rem));
    display: flex;
    align-items: center;
    gap: 4px;
    min-height: 1.5em;
  }
  .typing i {
    width: 7px;
    height: 7px;
    border-radius: 50%;
    background: var(--soft);
  }
  .newer {
    position: relative;
    align-self: center;
    flex: none;
    margin: -52px 0 8px;
    box-shadow: 0 2px 8px rgb(0 0 0 / 25%);
  }
  form {
    border-top: 1px solid var(--line);
    padding: 8px 12px;
    background: var(--surface);
  }
  /* On less than this nothing would be left between the way out and the field. */
  @container (min-height: 17em) {
    form {
      position: sticky;
      bottom: 0;
      z-index: 1;
    }
  }
  form .row {
    display: flex;
    align-items: flex-end;
    gap: 8px;
  }
  form textarea {
    flex: 1;
    min-width: 0;
    min-height: 44px;
    max-height: 30vh;
    max-height: 30cqh;
    resize: none;
    padding: 9px 12px;
    border: 1px solid var(--edge);
    border-radius: 10px;
    background: var(--surface);
    field-sizing: content;
  }
  form textarea::placeholder,
  .note textarea::placeholder {
    color: var(--soft);
    opacity: 1;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .hint {
    margin: 0 0 6px;
    font-size: calc(0.8125 * var(--rem));
    color: var(--soft);
  }
  .hint.problem {
    color: var(--alarm-text);
    font-weight: 600;
  }
`;

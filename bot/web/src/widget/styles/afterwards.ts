import { css } from "lit";

/** The quiet row after a routine chat. */
export const afterwards = css`
  .after {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 4px 8px;
    padding-top: 4px;
  }
  .after .quiet {
    border-color: transparent;
    background: transparent;
    color: var(--soft);
    font-size: calc(0.8125 * var(--rem));
    text-decoration: underline;
  }
  .after fieldset,
  .after > [role="status"] {
    flex: 1 1 100%;
    text-align: center;
  }
  .after fieldset {
    display: flex;
    flex-direction: column;
    gap: 8px;
    min-width: 0;
    margin: 0;
    padding: 8px 12px 12px;
    border: 1px solid var(--line);
    border-radius: 14px;
  }
  .after legend {
    padding: 0 6px;
    font-size: calc(0.875 * var(--rem));
  }
  .after textarea,
  .after input[type="email"] {
    width: 100%;
    min-height: 44px;
    padding: 8px 10px;
    font: inherit;
    color: inherit;
    background: var(--surface);
    border: 1px solid var(--edge);
    border-radius: 10px;
    resize: vertical;
  }
  .after textarea::placeholder,
  .after input::placeholder {
    color: var(--soft);
    opacity: 1;
  }
  .stars {
    display: flex;
    justify-content: center;
  }
  .stars label {
    position: relative;
    width: 44px;
    height: 44px;
    font-size: calc(1.75 * var(--rem));
    line-height: 44px;
    text-align: center;
    color: var(--edge);
    cursor: pointer;
  }
  .stars label.on {
    color: var(--accent);
  }
  .stars input {
    position: absolute;
    top: 0;
    right: 0;
    bottom: 0;
    left: 0;
    opacity: 0;
    margin: 0;
    cursor: pointer;
  }
  .stars label:focus-within {
    outline: 3px solid var(--accent);
    outline-offset: -3px;
    border-radius: 8px;
  }
`;

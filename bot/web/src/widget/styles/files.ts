import { css } from "lit";

/** Photos, voice notes, and what is made ready to be sent. */
export const files = css`
  .photo {
    max-width: min(86%, 300px);
    max-height: 320px;
    width: auto;
    height: auto;
    object-fit: contain;
    border-radius: 14px;
    border: 1px solid var(--line);
    margin-bottom: 2px;
  }
  audio {
    width: min(86%, 300px);
    max-width: 100%;
    height: 44px;
  }
  progress {
    width: min(86%, 200px);
    height: 6px;
    margin-top: 4px;
    accent-color: var(--accent);
  }
  .ready {
    display: flex;
    align-items: center;
    gap: 10px;
    padding-bottom: 8px;
  }
  .ready img {
    width: 64px;
    height: 64px;
    object-fit: cover;
    border-radius: 10px;
    border: 1px solid var(--line);
  }
  .choices {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    padding-bottom: 8px;
  }
  .choices button {
    flex: 1 1 auto;
    font-size: calc(0.875 * var(--rem));
  }
  .more {
    padding: 0;
    flex: none;
  }
  .recording {
    flex: 1;
    display: flex;
    align-items: center;
    gap: 6px;
    min-height: 44px;
    color: var(--soft);
  }
  .recording b {
    color: var(--ink);
    font-variant-numeric: tabular-nums;
  }
  .recording i {
    width: 12px;
    height: 12px;
    border-radius: 50%;
    background: var(--alarm);
  }
`;

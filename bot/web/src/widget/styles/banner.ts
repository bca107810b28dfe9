import { css } from "lit";

/** What stands fixed above the messages. */
export const banner = css`
  .banner {
    padding: 10px 12px;
    max-height: 55vh;
    max-height: 55cqh;
    overflow-y: auto;
    background: var(--alarm-soft);
    border-bottom: 1px solid var(--line);
    border-inline-start: 5px solid var(--alarm);
    font-size: calc(0.9375 * var(--rem));
    line-height: 1.4;
  }
  .banner.calm {
    background: var(--sunken);
    border-inline-start-color: var(--edge);
  }
  .banner p {
    margin: 0;
  }
  .banner .truth {
    font-weight: 600;
    margin-bottom: 8px;
  }
  .banner .small {
    margin-top: 6px;
    font-size: calc(0.8125 * var(--rem));
    color: var(--soft);
    display: flex;
    flex-wrap: wrap;
    gap: 2px 12px;
  }
  .numbers {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
  }
  .numbers a {
    background: var(--surface);
    padding: 4px 10px;
    gap: 5px;
    font-size: calc(0.875 * var(--rem));
  }
  .numbers a.first {
    flex: 1 1 100%;
    min-height: 52px;
    font-size: calc(1.375 * var(--rem));
    background: var(--alarm);
    color: var(--alarm-ink);
  }
  .strip {
    display: flex;
    align-items: center;
    gap: 10px;
    padding: 4px 12px;
    background: var(--sunken);
    border-bottom: 1px solid var(--line);
    font-size: calc(0.875 * var(--rem));
  }
  .strip span {
    flex: 1;
    padding: 6px 0;
  }
  /* With the keyboard up there is little room: the first number, the truth and the messages stay. */
  @container (max-height: 500px) {
    .numbers a:not(.first),
    .banner .small {
      display: none;
    }
  }
  /* Large letters do not go away again: all numbers, the text message among them, are there to scroll to. */
  @container (min-height: 501px) and (max-height: 31.25em) {
    .banner {
      max-height: 40cqh;
    }
  }
  @container (max-height: 31.25em) {
    .numbers a.first {
      min-height: 44px;
      font-size: calc(1.125 * var(--rem));
    }
    .banner {
      padding-block: 6px;
    }
    .banner .truth {
      margin-bottom: 4px;
    }
  }
`;

// The looks of <kefu-inbox>.
import { css } from 'lit';

export const inboxStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    background: var(--_side);
  }
  .head {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 12px;
    padding: 18px 20px 12px;
  }
  h1 {
    margin: 0;
    font-size: 19px;
    font-weight: 680;
    letter-spacing: -0.01em;
  }
  .count {
    font-size: 12.5px;
    color: var(--_muted);
  }
  .tabs {
    display: flex;
    gap: 2px;
    margin: 0 16px 10px;
    padding: 3px;
    border-radius: 10px;
    background: var(--_well);
  }
  .tabs button {
    flex: 1;
    padding: 6px 4px;
    border-radius: 8px;
    font-size: 13px;
    font-weight: 550;
    color: var(--_muted);
    white-space: nowrap;
  }
  .tabs button:hover {
    color: var(--_fg);
  }
  .tabs button[aria-selected='true'] {
    color: var(--_fg);
    background: var(--_lifted);
    box-shadow: 0 1px 2px rgb(0 0 0 / 12%);
  }
  .todo {
    display: inline-block;
    min-inline-size: 17px;
    margin-inline-start: 6px;
    padding-inline: 5px;
    border-radius: 9px;
    font-size: 11px;
    font-weight: 700;
    line-height: 17px;
    color: var(--_link);
    background: var(--_tint);
    font-variant-numeric: tabular-nums;
  }
  .panel {
    flex: 1;
    min-block-size: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--_scroll) transparent;
  }
  .rows {
    display: flex;
    flex-direction: column;
    gap: 1px;
    padding-block: 2px 12px;
  }
  .empty {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 4px;
    padding: 72px 32px;
    text-align: center;
    font-size: 13.5px;
    color: var(--_muted);
  }
  .empty b {
    color: var(--_fg);
    font-size: 15px;
    font-weight: 600;
  }
  .picture {
    display: grid;
    place-items: center;
    inline-size: 56px;
    block-size: 56px;
    margin-block-end: 10px;
    border-radius: 50%;
    font-size: 26px;
    color: var(--_link);
    background: var(--_tint);
  }
  .keys {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 14px;
    padding: 10px 20px;
    border-block-start: 1px solid var(--_border);
    font-size: 12px;
    color: var(--_muted);
  }
  .keys span {
    display: inline-flex;
    align-items: center;
    gap: 4px;
  }
  kbd {
    padding: 1px 5px;
    border: 1px solid var(--_border);
    border-block-end-width: 2px;
    border-radius: 5px;
    font: inherit;
    font-size: 11px;
    color: var(--_fg);
    background: var(--_lifted);
  }
  @media (max-width: 760px) {
    .keys {
      display: none;
    }
  }
`;

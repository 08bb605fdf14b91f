// The looks of <kefu-inbox-row>.
import { css } from 'lit';

export const inboxRowStyles = css`
  :host {
    display: flex;
    gap: 12px;
    margin-inline: 8px;
    padding: 11px 12px;
    border-radius: 12px;
    cursor: pointer;
    -webkit-tap-highlight-color: transparent;
    content-visibility: auto;
    contain-intrinsic-size: auto 66px;
  }
  :host(:hover) {
    background: var(--_hover);
  }
  :host([aria-selected='true']) {
    background: var(--_tint);
  }
  :host(:focus-visible) {
    outline-offset: -2px;
  }
  kefu-avatar {
    flex: none;
    inline-size: 40px;
    block-size: 40px;
  }
  .text {
    flex: 1;
    min-inline-size: 0;
  }
  .line {
    display: flex;
    align-items: baseline;
    gap: 8px;
    min-block-size: 21px;
  }
  .name,
  .preview {
    flex: 1;
    min-inline-size: 0;
  }
  .name bdi,
  .preview {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .name {
    display: flex;
    align-items: center;
    font-weight: 600;
  }
  .time {
    flex: none;
    font-size: 12px;
    color: var(--_muted);
    font-variant-numeric: tabular-nums;
  }
  .preview {
    font-size: 13.5px;
    color: var(--_muted);
    text-align: start;
  }
  .unread {
    flex: none;
    align-self: center;
    min-inline-size: 19px;
    padding-inline: 6px;
    border-radius: 10px;
    font-size: 11.5px;
    font-weight: 700;
    line-height: 19px;
    text-align: center;
    font-variant-numeric: tabular-nums;
    color: var(--_on-accent);
    background: var(--_accent);
  }
  .notes {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 12px;
    margin-block-start: 3px;
    font-size: 12px;
    color: var(--_muted);
  }
  .waiting {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    font-variant-numeric: tabular-nums;
  }
  :host([late]) .waiting {
    color: var(--_late);
    font-weight: 600;
  }
`;

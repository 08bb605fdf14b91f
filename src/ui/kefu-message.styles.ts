// The looks of one message.
import { css } from 'lit';

export const messageStyles = css`
  :host {
    padding-inline: 16px;
    padding-block-start: 3px;
  }
  .row {
    display: flex;
    align-items: flex-end;
    gap: 8px;
  }
  .first {
    padding-block-start: 11px;
  }
  .own {
    justify-content: flex-end;
  }
  kefu-avatar {
    inline-size: 28px;
    block-size: 28px;
    font-size: 11px;
  }
  .gap {
    flex: none;
    inline-size: 28px;
  }
  .stack {
    display: flex;
    flex-direction: column;
    align-items: flex-start;
    min-inline-size: 0;
    max-inline-size: min(82%, 560px);
  }
  .own .stack {
    align-items: flex-end;
  }
  .name {
    padding-inline-start: 14px;
    margin-block-end: 4px;
    font-size: 12px;
    font-weight: 500;
    color: var(--_muted);
  }
  .bubble {
    max-inline-size: 100%;
    padding: 8px 13px;
    border-radius: var(--_radius);
    border-end-start-radius: 5px;
    background: var(--_bubble);
    color: var(--_bubble-fg);
    font-size: var(--_font-size);
    line-height: 1.45;
    overflow-wrap: anywhere;
    text-align: start;
  }
  .bubble::after {
    content: '';
    display: block;
    clear: both;
  }
  .row:not(.first) .bubble {
    border-start-start-radius: 5px;
  }
  .own .bubble {
    background: var(--_own);
    color: var(--_own-fg);
    border-end-start-radius: var(--_radius);
    border-end-end-radius: 5px;
  }
  .row.own:not(.first) .bubble {
    border-start-start-radius: var(--_radius);
    border-start-end-radius: 5px;
  }
  .failed .bubble {
    background: none;
    color: var(--_fg);
    box-shadow: inset 0 0 0 1px var(--_danger);
  }
  .text {
    white-space: pre-wrap;
  }
  .odd {
    font-style: italic;
    opacity: 0.85;
  }
  .emoji .bubble {
    display: flex;
    align-items: flex-end;
    padding: 2px 0 0;
    background: none;
    box-shadow: none;
    color: var(--_fg);
  }
  .emoji .text {
    font-size: 40px;
    line-height: 1.15;
  }
  .emoji .meta {
    color: var(--_muted);
    opacity: 1;
  }
  a {
    color: inherit;
    text-underline-offset: 2px;
  }
  a:focus-visible {
    outline-color: currentColor;
    border-radius: 2px;
  }
  /* stands at the end of the last line where there is room, else below it */
  .meta {
    float: right;
    float: inline-end;
    display: flex;
    align-items: center;
    gap: 3px;
    margin-block: 6px -3px;
    margin-inline-start: 10px;
    font-size: 11px;
    line-height: 16px;
    color: var(--_muted);
    white-space: nowrap;
    user-select: none;
  }
  .own .meta {
    color: inherit;
    opacity: 0.85;
  }
  .failed .meta {
    color: var(--_muted);
    opacity: 1;
  }
  .tick {
    display: flex;
    font-size: 15px;
  }
  .tick svg {
    stroke-width: 2.2;
  }
  .tick.read {
    color: var(--_read);
  }
  .emoji .tick.read {
    color: var(--_accent);
  }
  /* keeps the place of a tick, so that nothing moves when it comes */
  .tick.clock {
    justify-content: center;
    inline-size: 15px;
    font-size: 12px;
  }
  /* takes what room the bubble leaves, and none of its own */
  .waiting {
    flex: 1;
    inline-size: 0;
    font-size: 11px;
    line-height: 12px;
    text-align: end;
    color: var(--_muted);
  }
  .failure {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: 0 4px;
    margin-block-start: 2px;
    font-size: 12px;
    color: var(--_danger);
  }
  .failure svg {
    font-size: 15px;
  }
  .failure button {
    min-block-size: 28px;
    padding-inline: 8px;
    border-radius: 8px;
    font-weight: 600;
    color: var(--_fg);
  }
  .failure button:hover {
    background: var(--_hover);
  }
  @media (forced-colors: active) {
    .bubble {
      border: 1px solid;
    }
    .own .bubble {
      border-color: Highlight;
    }
  }
`;

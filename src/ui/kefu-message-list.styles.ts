// The looks of the message list.
import { css } from 'lit';

export const messageListStyles = css`
  :host {
    position: relative;
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    background: var(--_bg);
    color: var(--_fg);
  }
  .scroller {
    flex: 1;
    min-block-size: 0;
    display: flex;
    flex-direction: column-reverse;
    overflow: hidden auto;
    overflow-anchor: none;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--_border) transparent;
  }
  .scroller:focus-visible {
    outline-offset: -2px;
  }
  /* a short conversation stands at the top */
  .rows {
    flex: none;
    margin-block-end: auto;
    padding-block: 8px 14px;
  }
  .enter {
    animation: enter var(--_duration) var(--_ease);
  }
  @keyframes enter {
    from {
      transform: translateY(10px);
    }
  }
  .older {
    display: grid;
    place-items: center;
    block-size: 44px;
    font-size: 13px;
    color: var(--_muted);
  }
  .older button {
    padding: 6px 12px;
    border-radius: 16px;
    font-weight: 500;
  }
  .older button:hover {
    background: var(--_hover);
    color: var(--_fg);
  }
  .spinner {
    inline-size: 18px;
    block-size: 18px;
    border: 2px solid var(--_border);
    border-block-start-color: var(--_muted);
    border-radius: 50%;
    animation: turn 0.9s linear infinite;
  }
  @keyframes turn {
    to {
      transform: rotate(1turn);
    }
  }
  .day {
    margin-block: 16px 4px;
    padding-inline: 16px;
    font-size: 12px;
    font-weight: 500;
    text-align: center;
    color: var(--_muted);
  }
  .unread {
    margin: 16px 16px 0;
    display: flex;
    align-items: center;
    gap: 10px;
    font-size: 12px;
    font-weight: 600;
    color: var(--_focus);
  }
  .unread::before,
  .unread::after {
    content: '';
    flex: 1;
    block-size: 1px;
    background: currentColor;
    opacity: 0.4;
  }
  .missing {
    margin-block: 12px 4px;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    font-size: 13px;
    color: var(--_muted);
  }
  .greeting {
    padding: 8px 16px 4px;
    display: flex;
    align-items: flex-end;
    gap: 8px;
  }
  .greeting kefu-avatar {
    inline-size: 28px;
    block-size: 28px;
  }
  .greeting p {
    max-inline-size: min(82%, 560px);
    margin: 0;
    padding: 10px 14px;
    border-radius: var(--_radius);
    border-end-start-radius: 5px;
    background: var(--_bubble);
    color: var(--_bubble-fg);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  kefu-typing {
    padding-block-start: 8px;
    padding-inline: 52px 16px;
  }
  .jump {
    position: absolute;
    inset-block-end: 12px;
    inset-inline: 0;
    inline-size: fit-content;
    margin-inline: auto;
    min-inline-size: 36px;
    block-size: 36px;
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    border-radius: 18px;
    background: var(--_bg);
    color: var(--_muted);
    box-shadow: var(--_raised);
    font-size: 13px;
    font-weight: 600;
    animation: rise var(--_duration) var(--_ease);
  }
  .jump svg {
    font-size: 18px;
  }
  .jump:hover {
    color: var(--_fg);
  }
  .jump.new {
    padding-inline: 16px 12px;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(8px);
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .spinner {
      animation-duration: 3s;
    }
  }
  @media (forced-colors: active) {
    .jump {
      border: 1px solid;
    }
  }
`;

// The looks of <kefu-launcher>.
import { css } from 'lit';

export const launcherStyles = css`
  :host {
    position: relative;
    inline-size: var(--kefu-launcher-size, 60px);
    block-size: var(--kefu-launcher-size, 60px);
  }
  button {
    position: relative;
    display: grid;
    place-items: center;
    inline-size: 100%;
    block-size: 100%;
    border-radius: 50%;
    color: var(--_on-accent);
    background: var(--_accent) linear-gradient(rgb(255 255 255 / 14%), rgb(0 0 0 / 6%));
    box-shadow:
      inset 0 1px rgb(255 255 255 / 18%),
      0 1px 3px rgb(16 18 24 / 22%),
      0 8px 24px rgb(16 18 24 / 24%);
    font-size: calc(var(--kefu-launcher-size, 60px) * 0.47);
    transition:
      transform var(--_duration) var(--_ease),
      box-shadow var(--_duration) var(--_ease);
  }
  @media (hover: hover) {
    button:hover {
      transform: translateY(-2px);
      box-shadow:
        inset 0 1px rgb(255 255 255 / 18%),
        0 2px 5px rgb(16 18 24 / 22%),
        0 14px 32px rgb(16 18 24 / 28%);
    }
  }
  button:active {
    transform: scale(0.94);
  }
  button:focus-visible {
    outline: 3px solid var(--_focus);
    outline-offset: 3px;
  }
  .icon {
    grid-area: 1 / 1;
    transition:
      opacity var(--_duration) var(--_ease),
      transform var(--_duration) var(--_ease);
  }
  :host([opened]) .chat,
  :host(:not([opened])) .down {
    opacity: 0;
  }
  :host([opened]) .chat {
    transform: scale(0.6) rotate(30deg);
  }
  :host(:not([opened])) .down {
    transform: scale(0.6) rotate(-30deg);
  }
  .badge {
    position: absolute;
    inset-block-start: -4px;
    inset-inline-end: -4px;
    min-inline-size: 22px;
    block-size: 22px;
    padding-inline: 6px;
    border-radius: 11px;
    font-size: 12.5px;
    font-weight: 700;
    line-height: 22px;
    text-align: center;
    font-variant-numeric: tabular-nums;
    color: #fff;
    background: #d92d3a;
    box-shadow: 0 0 0 2px var(--_bg);
    pointer-events: none;
    animation: pop var(--_duration) var(--_ease);
  }
  @keyframes pop {
    from {
      transform: scale(0);
    }
  }
  @media (forced-colors: active) {
    button {
      border: 2px solid ButtonText;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    button:hover,
    button:active {
      transform: none;
    }
  }
`;

// The looks of <kefu-launcher>.
import { css } from 'lit';

export const launcherStyles = css`
  :host {
    position: relative;
    inline-size: var(--_size);
    block-size: var(--_size);
  }
  button {
    display: grid;
    place-items: center;
    inline-size: 100%;
    block-size: 100%;
    border-radius: 50%;
    color: var(--_on-accent);
    background: var(--_accent) linear-gradient(rgb(255 255 255 / 14%), rgb(0 0 0 / 6%));
    box-shadow:
      inset 0 1px rgb(255 255 255 / 18%),
      0 1px 3px rgb(0 0 0 / 22%),
      0 8px 24px rgb(0 0 0 / 24%);
    font-size: calc(var(--_size) * 0.47);
  }
  button,
  svg {
    transition:
      opacity var(--_duration) var(--_ease),
      transform var(--_duration) var(--_ease);
  }
  button:hover {
    transform: scale(1.05);
  }
  button:active {
    transform: scale(0.95);
  }
  svg {
    grid-area: 1 / 1;
  }
  :host([opened]) svg:first-child,
  :host(:not([opened])) svg:last-child {
    opacity: 0;
    transform: rotate(45deg) scale(0.6);
  }
  .badge {
    position: absolute;
    inset-block-start: -4px;
    inset-inline-end: -4px;
    min-inline-size: 22px;
    padding-inline: 6px;
    border-radius: 11px;
    font-size: 12.5px;
    font-weight: 700;
    line-height: 22px;
    text-align: center;
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
      border: 2px solid;
    }
  }
`;

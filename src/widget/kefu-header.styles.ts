// The looks of <kefu-header>.
import { css } from 'lit';

export const headerStyles = css`
  :host {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 16px;
    color: var(--_on-accent);
    background: var(--_accent) linear-gradient(115deg, rgb(255 255 255 / 12%), rgb(0 0 0 / 10%));
    touch-action: pinch-zoom;
    --_focus: currentColor;
    --_online: #4ade80;
    --_bg: var(--_accent);
  }
  kefu-avatar,
  .sign {
    flex: none;
    inline-size: 42px;
    block-size: 42px;
  }
  .sign {
    display: grid;
    place-items: center;
    border-radius: 50%;
    font-size: 22px;
    background: rgb(255 255 255 / 16%);
  }
  .who {
    flex: 1;
    min-inline-size: 0;
  }
  h2,
  p {
    margin: 0;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  h2 {
    font: inherit;
    font-size: 17px;
    font-weight: 650;
    line-height: 1.3;
  }
  p {
    font-size: 13px;
    line-height: 1.4;
    opacity: 0.92;
  }
  button {
    display: grid;
    place-items: center;
    inline-size: 40px;
    block-size: 40px;
    margin-inline-end: -6px;
    border-radius: 50%;
    font-size: 22px;
    transition: background var(--_duration) var(--_ease);
  }
  button:hover {
    background: rgb(255 255 255 / 18%);
  }
`;

// The looks of <kefu-window>.
import { css } from 'lit';

export const windowStyles = css`
  :host {
    position: relative;
    display: flex;
    flex-direction: column;
    overflow: hidden;
    color: var(--_fg);
    background: var(--_bg);
    overscroll-behavior: contain;
    padding-block-end: var(--_safe-bottom, 0px);
  }
  .head {
    display: flex;
    align-items: center;
    gap: 12px;
    padding: 16px;
    padding-block-start: calc(16px + var(--_safe-top, 0px));
    color: var(--_on-accent);
    background: var(--_accent) linear-gradient(115deg, rgb(255 255 255 / 12%), rgb(0 0 0 / 10%));
    touch-action: pinch-zoom;
    --_focus: currentColor;
    --_online: #4ade80;
    --_bg: var(--_accent);
  }
  .head kefu-avatar,
  .sign,
  .head button {
    flex: none;
    inline-size: 42px;
    block-size: 42px;
    border-radius: 50%;
    font-size: 22px;
  }
  .head kefu-avatar {
    font-size: 14px;
  }
  .sign,
  .head button {
    display: grid;
    place-items: center;
  }
  .sign,
  .head button:hover {
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
  }
  p {
    font-size: 13px;
  }
  kefu-message-list {
    flex: 1;
    min-block-size: 0;
  }
`;

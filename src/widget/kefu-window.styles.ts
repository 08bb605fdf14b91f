// The looks of <kefu-window>.
import { css } from 'lit';

export const windowStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    overflow: hidden;
    color: var(--_fg);
    background: var(--_bg);
    overscroll-behavior: contain;
    padding-block-end: var(--_safe-bottom, 0px);
  }
  kefu-header {
    flex: none;
    padding-block-start: calc(16px + var(--_safe-top, 0px));
  }
  kefu-message-list {
    flex: 1;
    min-block-size: 0;
  }
  kefu-composer {
    flex: none;
  }
`;

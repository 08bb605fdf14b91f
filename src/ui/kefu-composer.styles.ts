// The looks of the composer.
import { css } from 'lit';

export const composerStyles = css`
  :host {
    padding: 8px 12px 12px;
    background: var(--_bg);
    color: var(--_fg);
  }
  .box {
    display: flex;
    align-items: flex-end;
    gap: 4px;
    padding: 5px;
    border-radius: 22px;
    background: var(--_bubble);
    box-shadow: inset 0 0 0 1px var(--_border);
    transition: box-shadow var(--_duration);
  }
  .box:focus-within {
    box-shadow:
      inset 0 0 0 1px var(--_focus),
      0 0 0 3px var(--_light, rgb(91 124 250 / 18%)) var(--_dark, rgb(138 162 255 / 20%));
  }
  .box.over {
    box-shadow: inset 0 0 0 1px var(--_danger);
  }
  textarea {
    flex: 1;
    min-inline-size: 0;
    display: block;
    margin: 0;
    padding-block: 5px;
    padding-inline: 11px 4px;
    /* six rows and the padding */
    max-block-size: calc(6 * 1.375em + 10px);
    border: 0;
    border-radius: 0;
    background: none;
    color: inherit;
    /* below 16px iOS zooms the page */
    font: 400 var(--_input-size) / 1.375 var(--_font);
    resize: none;
    overflow: hidden auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--_border) transparent;
  }
  textarea:focus-visible {
    outline: none;
  }
  textarea::placeholder {
    color: var(--_muted);
    opacity: 1;
    overflow: hidden;
    white-space: nowrap;
    text-overflow: ellipsis;
  }
  textarea:disabled {
    cursor: not-allowed;
  }
  .send {
    flex: none;
    display: grid;
    place-items: center;
    inline-size: 32px;
    block-size: 32px;
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_on-accent);
    font-size: 18px;
    transition: var(--_duration) var(--_ease);
  }
  .send:active:not(:disabled) {
    transform: scale(0.94);
  }
  .send:disabled {
    background: var(--_hover);
    color: var(--_muted);
    cursor: default;
  }
  .room {
    padding: 4px 12px 0;
    font-size: 12px;
    text-align: end;
    color: var(--_muted);
  }
  .over.room {
    color: var(--_danger);
    font-weight: 500;
  }
  @media (forced-colors: active) {
    .box {
      border: 1px solid;
    }
    .box:focus-within {
      outline: 2px solid Highlight;
    }
    .send {
      border: 1px solid;
    }
  }
`;

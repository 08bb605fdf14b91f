// The looks of <kefu-customer>.
import { css } from 'lit';

export const customerStyles = css`
  :host {
    position: relative;
    overflow-y: auto;
    overscroll-behavior: contain;
    padding: 28px 22px;
    background: var(--_side);
  }
  .who {
    display: flex;
    flex-direction: column;
    align-items: center;
    padding-block-end: 22px;
    border-block-end: 1px solid var(--_border);
    text-align: center;
  }
  kefu-avatar {
    inline-size: 72px;
    block-size: 72px;
    margin-block-end: 12px;
  }
  h2 {
    margin: 0;
    font-size: 17px;
    font-weight: 650;
    overflow-wrap: anywhere;
  }
  p {
    margin: 2px 0 0;
    font-size: 13px;
    color: var(--_muted);
  }
  dl {
    display: flex;
    flex-direction: column;
    gap: 16px;
    margin: 22px 0 0;
  }
  dt {
    margin-block-end: 3px;
    font-size: 12px;
    font-weight: 550;
    color: var(--_muted);
  }
  dd {
    margin: 0;
    overflow-wrap: anywhere;
    font-variant-numeric: tabular-nums;
  }
  a {
    position: relative;
    display: block;
    margin-block-start: 4px;
    padding-block: 10px;
    padding-inline: 12px 34px;
    border: 1px solid var(--_border);
    border-radius: 12px;
    color: inherit;
    text-decoration: none;
    background: var(--_bg);
  }
  a:hover {
    border-color: var(--_field);
  }
  .title,
  .address {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }
  .title {
    font-weight: 550;
  }
  .address {
    font-size: 12.5px;
    color: var(--_link);
    text-align: start;
  }
  a svg {
    position: absolute;
    inset-block-start: 13px;
    inset-inline-end: 12px;
    color: var(--_muted);
  }
  .close {
    display: none;
    position: absolute;
    inset-block-start: 14px;
    inset-inline-end: 14px;
    place-items: center;
    inline-size: 40px;
    block-size: 40px;
    border-radius: 10px;
    font-size: 22px;
    color: var(--_muted);
  }
  .close:hover {
    background: var(--_hover);
  }
  @media (max-width: 1099px) {
    .close {
      display: grid;
    }
  }
`;

// The looks of <kefu-thread>.
import { css } from 'lit';

export const threadStyles = css`
  :host {
    position: relative;
    display: flex;
    flex-direction: column;
    min-inline-size: 0;
    min-block-size: 0;
    background: var(--_bg);
  }
  header {
    display: flex;
    align-items: center;
    gap: 12px;
    min-block-size: 65px;
    padding: 10px 20px;
    border-block-end: 1px solid var(--_border);
  }
  kefu-avatar {
    flex: none;
    inline-size: 38px;
    block-size: 38px;
  }
  .who {
    flex: 1;
    min-inline-size: 0;
  }
  h2,
  p {
    margin: 0;
  }
  h2 bdi,
  .who p {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  h2 {
    display: flex;
    align-items: center;
    font-size: 15.5px;
    font-weight: 650;
    line-height: 1.35;
  }
  .who p {
    font-size: 12.5px;
    color: var(--_muted);
    font-variant-numeric: tabular-nums;
  }
  .action {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    block-size: 36px;
    padding-inline: 14px;
    border: 1px solid var(--_field);
    border-radius: 10px;
    font-size: 13.5px;
    font-weight: 600;
    white-space: nowrap;
    background: var(--_bg);
    transition: background var(--_duration) var(--_ease);
  }
  .action:hover {
    background: var(--_hover);
  }
  .action svg {
    font-size: 17px;
    color: var(--_online);
  }
  .action.main {
    border-color: transparent;
    color: var(--_on-accent);
    background: var(--_accent);
  }
  .action.main:hover {
    filter: brightness(1.08);
  }
  .action[aria-disabled='true'] {
    opacity: 0.65;
    cursor: progress;
  }
  .icon {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 36px;
    block-size: 36px;
    border-radius: 10px;
    font-size: 20px;
    color: var(--_muted);
  }
  .icon:hover,
  .icon[aria-pressed='true'] {
    color: var(--_fg);
    background: var(--_hover);
  }
  .back {
    display: none;
    margin-inline-start: -10px;
  }
  .back:dir(rtl) svg {
    transform: scaleX(-1);
  }
  kefu-message-list {
    flex: 1;
    min-block-size: 0;
  }
  kefu-composer {
    flex: none;
  }
  .hint,
  .failed:not(:empty) {
    display: flex;
    align-items: center;
    gap: 6px;
    padding: 8px 20px;
    font-size: 12.5px;
    color: var(--_muted);
    border-block-start: 1px solid var(--_border);
  }
  .hint svg {
    color: var(--_online);
    font-size: 16px;
  }
  .hint b {
    font-weight: 600;
    color: var(--_fg);
  }
  .failed:not(:empty) {
    color: var(--_danger);
  }
  .take {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 16px;
    margin: 0 16px 16px;
    padding-block: 12px;
    padding-inline: 18px 12px;
    border-radius: 14px;
    background: var(--_tint);
    font-variant-numeric: tabular-nums;
  }
  .take .action {
    block-size: 40px;
    padding-inline: 22px;
  }
  @media (max-width: 760px) {
    header {
      gap: 10px;
      padding-inline: 14px;
      padding-block-start: calc(10px + env(safe-area-inset-top, 0px));
    }
    .back {
      display: grid;
    }
  }
`;

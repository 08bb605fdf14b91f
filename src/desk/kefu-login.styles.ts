// The looks of <kefu-login>.
import { css } from 'lit';

export const loginStyles = css`
  :host {
    display: grid;
    place-items: center;
    padding: 24px;
    background: radial-gradient(60% 50% at 50% 0%, var(--_tint), transparent), var(--_canvas);
  }
  form {
    display: flex;
    flex-direction: column;
    inline-size: min(380px, 100%);
    padding: 40px 36px 36px;
    border: 1px solid var(--_border);
    border-radius: 20px;
    background: var(--_bg);
    box-shadow: var(--_raised);
  }
  .logo {
    color: var(--_accent);
    font-size: 44px;
  }
  h1 {
    margin: 20px 0 24px;
    font-size: 22px;
    font-weight: 650;
    line-height: 1.25;
    letter-spacing: -0.01em;
  }
  label {
    margin-block-end: 6px;
    font-size: 13px;
    font-weight: 550;
    color: var(--_muted);
  }
  input {
    block-size: 44px;
    margin-block-end: 16px;
    padding-inline: 14px;
    border: 1px solid var(--_field);
    border-radius: 10px;
    font: inherit;
    font-size: 16px;
    color: var(--_fg);
    background: var(--_bg);
  }
  input:focus-visible {
    outline: 2px solid var(--_focus);
    outline-offset: -1px;
  }
  #failure {
    display: flex;
    align-items: center;
    gap: 6px;
    min-block-size: 20px;
    margin: -4px 0 14px;
    font-size: 13px;
    color: var(--_danger);
  }
  button {
    block-size: 46px;
    border-radius: 10px;
    font-weight: 600;
    font-size: 15px;
    color: var(--_on-accent);
    background: var(--_accent);
    transition: filter var(--_duration) var(--_ease);
  }
  button:hover {
    filter: brightness(1.08);
  }
  button[aria-disabled='true'] {
    opacity: 0.7;
    cursor: progress;
  }
`;

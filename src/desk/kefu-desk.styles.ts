// The looks of <kefu-desk>, and the colours that only the desk has.
import { css } from 'lit';

export const deskStyles = css`
  :host {
    --_font-size: var(--kefu-font-size, 14.5px);
    --_canvas: var(--_light, #f4f5f8) var(--_dark, #101114);
    --_side: var(--_light, #fafbfc) var(--_dark, #131418);
    --_rail: var(--_light, #f1f2f6) var(--_dark, #0e0f12);
    --_well: var(--_light, #eceef3) var(--_dark, #1d1f24);
    --_lifted: var(--_light, #fff) var(--_dark, #33363f);
    --_field: var(--_light, #cbd0da) var(--_dark, #4a4f5b);
    --_tint: var(--_light, #e9eefe) var(--_dark, #222a49);
    --_link: var(--_light, #2f4fd8) var(--_dark, #a3b3ff);
    --_late: var(--_light, #b0430b) var(--_dark, #ffb072);
    --_scroll: var(--_light, #c9cdd6) var(--_dark, #3d414b);
    block-size: 100%;
    overflow: hidden;
    background: var(--_canvas);
  }
  .entrance {
    display: flex;
    flex-direction: column;
    block-size: 100%;
    overflow: auto;
  }
  kefu-login {
    flex: 1 0 auto;
  }
  .splash {
    margin: auto;
    font-size: 52px;
    color: var(--_accent);
    animation: breathe 1.6s ease-in-out infinite alternate;
  }
  @keyframes breathe {
    from {
      opacity: 0.45;
    }
  }
  .desk {
    display: flex;
    flex-direction: column;
    block-size: 100%;
  }
  .shell {
    flex: 1;
    display: grid;
    grid-template-columns: 64px minmax(280px, 340px) minmax(0, 1fr);
    min-block-size: 0;
  }
  .rail {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 10px;
    padding-block: 16px;
    background: var(--_rail);
    border-inline-end: 1px solid var(--_border);
  }
  .logo {
    margin-block-end: auto;
    font-size: 36px;
    color: var(--_accent);
  }
  .rail kefu-avatar {
    inline-size: 36px;
    block-size: 36px;
  }
  .rail .name {
    display: none;
  }
  .rail button {
    display: grid;
    place-items: center;
    inline-size: 40px;
    block-size: 40px;
    border-radius: 10px;
    font-size: 20px;
    color: var(--_muted);
  }
  .rail button:hover {
    color: var(--_fg);
    background: var(--_hover);
  }
  kefu-inbox {
    border-inline-end: 1px solid var(--_border);
  }
  main:not(.entrance) {
    display: flex;
    min-inline-size: 0;
    min-block-size: 0;
    position: relative;
    background: var(--_bg);
  }
  kefu-thread {
    flex: 1;
  }
  kefu-customer {
    flex: 0 0 288px;
    border-inline-start: 1px solid var(--_border);
  }
  .nothing {
    margin: auto;
    padding: 32px;
    text-align: center;
    color: var(--_muted);
  }
  .nothing h2 {
    margin: 18px 0 4px;
    font-size: 17px;
    font-weight: 620;
    color: var(--_fg);
  }
  .nothing p {
    margin: 0;
    max-inline-size: 34ch;
    text-wrap: balance;
  }
  .picture {
    display: inline-grid;
    place-items: center;
    inline-size: 76px;
    block-size: 76px;
    border-radius: 50%;
    font-size: 34px;
    color: var(--_link);
    background: var(--_tint);
  }
  @media (max-width: 1099px) {
    kefu-customer {
      position: absolute;
      inset-block: 0;
      inset-inline-end: 0;
      inline-size: min(320px, 100%);
      box-shadow: var(--_shadow);
      z-index: 1;
    }
  }
  @media (max-width: 760px) {
    .shell {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: auto minmax(0, 1fr);
    }
    .rail {
      flex-direction: row;
      padding: 10px 16px;
      padding-block-start: calc(10px + env(safe-area-inset-top, 0px));
      border-inline-end: 0;
      border-block-end: 1px solid var(--_border);
    }
    .logo {
      margin-block-end: 0;
      margin-inline-end: auto;
      font-size: 32px;
    }
    .me {
      display: flex;
      align-items: center;
      gap: 10px;
      min-inline-size: 0;
    }
    .rail .name {
      display: block;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
      font-weight: 550;
    }
    kefu-inbox {
      border-inline-end: 0;
    }
    .shell.reading > .rail,
    .shell.reading > kefu-inbox,
    .shell:not(.reading) > main {
      display: none;
    }
    .shell.reading {
      grid-template-rows: minmax(0, 1fr);
    }
    kefu-customer {
      inline-size: 100%;
    }
  }
`;

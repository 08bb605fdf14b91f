// The looks that a page can set: `--kefu-*` with their defaults, light and dark.
import { css } from 'lit';

/**
 * For the faces only (`static styles = [tokens, …]`). A page sets `--kefu-accent` and the like on the face or anywhere
 * above it; elements inside read the resolved `--_accent` and the like, which they inherit.
 *
 * The attribute `theme` decides: `light`, `dark`, anything else follows the system, except `host`: light unless the face
 * sets `data-dark` on itself.
 *
 * Each colour stands once, as `var(--_light, …) var(--_dark, …)`: of the two switches one is empty and the other has
 * no value, which makes its colour count.
 */
export const tokens = css`
  :host {
    --_light: initial;
    --_dark: ;
    color-scheme: light;
  }
  @media (prefers-color-scheme: dark) {
    :host(:not([theme='light'], [theme='host'])) {
      --_light: ;
      --_dark: initial;
      color-scheme: dark;
    }
  }
  :host([theme='dark']),
  :host([theme='host'][data-dark]) {
    --_light: ;
    --_dark: initial;
    color-scheme: dark;
  }
  :host {
    --_accent: var(--kefu-accent, var(--_light, #2f4fd8) var(--_dark, #4a66e8));
    --_on-accent: var(--kefu-on-accent, #fff);
    --_bg: var(--kefu-bg, var(--_light, #fff) var(--_dark, #17181c));
    --_fg: var(--kefu-fg, var(--_light, #16181d) var(--_dark, #eceef2));
    --_muted: var(--kefu-muted, var(--_light, #626875) var(--_dark, #9aa1ad));
    --_border: var(--kefu-border, var(--_light, #e4e6eb) var(--_dark, #2c2f37));
    --_bubble: var(--kefu-bubble, var(--_light, #f2f3f6) var(--_dark, #26282f));
    --_bubble-fg: var(--kefu-bubble-fg, var(--_fg));
    --_own: var(--kefu-own, var(--kefu-accent, var(--_light, #2f4fd8) var(--_dark, #3a54d0)));
    --_own-fg: var(--kefu-own-fg, var(--_on-accent));
    --_danger: var(--kefu-danger, var(--_light, #c4272f) var(--_dark, #ff7b80));
    --_focus: var(--kefu-focus, var(--_light, #5b7cfa) var(--_dark, #8aa2ff));
    --_hover: var(--_light, rgb(22 24 29 / 5%)) var(--_dark, rgb(255 255 255 / 7%));
    --_lit: var(--_light, rgb(91 124 250 / 22%)) var(--_dark, rgb(138 162 255 / 26%));
    --_online: var(--_light, #18a05a) var(--_dark, #35c47a);
    --_read: #9be7ff;
    --_radius: var(--kefu-radius, 16px);
    --_shadow: var(--kefu-shadow, 0 0 0 1px rgb(22 24 29 / 7%), 0 16px 48px rgb(22 24 29 / 18%));
    --_raised: 0 0 0 1px rgb(22 24 29 / 7%), 0 4px 12px rgb(22 24 29 / 12%);
    --_font: var(
      --kefu-font,
      system-ui,
      'Segoe UI',
      Roboto,
      'PingFang SC',
      'Microsoft YaHei',
      'Noto Sans SC',
      sans-serif
    );
    --_font-size: var(--kefu-font-size, 15px);
    --_input-size: max(16px, var(--kefu-input-size, 16px));
    --_duration: var(--kefu-duration, 180ms);
    --_ease: cubic-bezier(0.2, 0, 0, 1);
    /* what the page says about all elements must not reach the face; important, it wins inside a shadow root */
    font: 400 var(--_font-size) / 1.45 var(--_font) !important;
    color: var(--_fg) !important;
    letter-spacing: normal !important;
    word-spacing: normal !important;
    text-align: start !important;
    text-indent: 0 !important;
    text-transform: none !important;
    white-space: normal !important;
  }
  @media (prefers-reduced-motion: reduce) {
    :host {
      --_duration: 0.01ms;
    }
  }
`;

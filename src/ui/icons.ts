// The drawings: 24 × 24, one line of 1.75, as large as the text around them.
import { html } from 'lit';
import type { TemplateResult } from 'lit';

const icon = (path: string): TemplateResult =>
  html`<svg
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="1.75"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    <path d=${path} />
  </svg>`;

export const chatIcon = /* @__PURE__ */ icon(
  'M12 3.5c-5 0-9 3.5-9 7.9 0 2.5 1.3 4.7 3.3 6.1-.1 1-.5 2-1.2 2.9 1.6-.1 3.1-.7 4.2-1.5.9.2 1.8.4 2.7.4 5 0 9-3.5 9-7.9s-4-7.9-9-7.9Z',
);
export const closeIcon = /* @__PURE__ */ icon('m6 6 12 12M18 6 6 18');
export const chevronDownIcon = /* @__PURE__ */ icon('m5 9 7 7 7-7');
export const sendIcon = /* @__PURE__ */ icon('M12 19V5M5.5 11.5 12 5l6.5 6.5');
export const arrowDownIcon = /* @__PURE__ */ icon('M12 5v14m6.5-6.5L12 19l-6.5-6.5');
export const backIcon = /* @__PURE__ */ icon('m14.5 5-7 7 7 7');
export const personIcon = /* @__PURE__ */ icon(
  'M12 4.75a3.75 3.75 0 1 1 0 7.5 3.75 3.75 0 0 1 0-7.5ZM4.5 20c.8-3.7 3.7-5.5 7.5-5.5s6.7 1.8 7.5 5.5',
);
export const alertIcon = /* @__PURE__ */ icon('M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18ZM12 7.5v5.5m0 3.2v.1');
export const clockIcon = /* @__PURE__ */ icon('M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17ZM12 7.5V12l3 2');
export const checkIcon = /* @__PURE__ */ icon('m5 12.5 4.5 4.5L19 7.5');
export const doubleCheckIcon = /* @__PURE__ */ icon('m1.5 12.5 4.5 4.5L15.5 7.5M11 16.5l.5.5L21 7.5');
export const inboxIcon = /* @__PURE__ */ icon(
  'M3.5 13.5 6.2 5h11.6l2.7 8.5V19h-17v-5.5Zm0 0h5c.3 1.8 1.6 3 3.5 3s3.2-1.2 3.5-3h5',
);
export const logoutIcon = /* @__PURE__ */ icon('M14.5 4.5h-9v15h9M10 12h10.5m-3.5-3.5 3.5 3.5-3.5 3.5');
export const verifiedIcon = /* @__PURE__ */ icon(
  'M12 2.8 18.9 5.6v5.6c0 4.3-2.8 7.9-6.9 9.9-4.1-2-6.9-5.6-6.9-9.9V5.6L12 2.8ZM8.6 11.9l2.4 2.4 4.4-4.6',
);
export const linkIcon = /* @__PURE__ */ icon('M9 5H5v14h14v-4M13 5h6v6M19 5l-9 9');
export const fileIcon = /* @__PURE__ */ icon('M6 3.5h8l4.5 4.5v12.5H6v-17Zm8 0V8h4.5');

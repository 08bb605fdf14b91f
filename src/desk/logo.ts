// The sign of Kefu: two bubbles that meet.
import { html } from 'lit';

export const logo = html`<svg viewBox="0 0 32 32" aria-hidden="true">
  <rect width="32" height="32" rx="9" fill="currentColor" />
  <path
    fill="var(--_logo, #fff)"
    d="M8.5 8h11A3.5 3.5 0 0 1 23 11.5V13h-7.5a4.5 4.5 0 0 0-4.5 4.5V20H9.8L7 22.5V19.3A3.5 3.5 0 0 1 5 16v-4.5A3.5 3.5 0 0 1 8.5 8Z"
  />
  <path
    fill="var(--_logo, #fff)"
    opacity=".72"
    d="M16 14.8h8A3 3 0 0 1 27 17.8v2.9a3 3 0 0 1-1.7 2.7V26l-2.5-2.3H16a3 3 0 0 1-3-3v-2.9a3 3 0 0 1 3-3Z"
  />
</svg>`;

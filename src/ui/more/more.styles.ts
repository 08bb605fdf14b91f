// The looks of what is put into the element that shows a conversation: buttons beside the text field, emoji, a place to drop files.

export const moreStyles = `
kefu-composer .icon {
  display: grid;
  place-items: center;
  flex: none;
  inline-size: 32px;
  block-size: 32px;
  border-radius: 50%;
  color: var(--_muted);
}
kefu-composer .icon:hover {
  color: var(--_fg);
  background: var(--_hover);
}
kefu-composer svg,
.search svg,
.who + .icon svg {
  inline-size: 20px;
  block-size: 20px;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.75;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.target,
.offer {
  display: flex;
  align-items: center;
  gap: 10px;
  padding: 0 4px 8px 12px;
  font-size: 13px;
  color: var(--_muted);
}
.target div,
.offer div {
  flex: 1;
  min-inline-size: 0;
}
.target div {
  padding-inline-start: 8px;
  border-inline-start: 2px solid var(--_focus);
}
.target b,
.target span,
.offer b,
.offer span {
  display: block;
  overflow: hidden;
  white-space: nowrap;
  text-overflow: ellipsis;
}
.target > svg {
  flex: none;
  inline-size: 18px;
  block-size: 18px;
}
.offer {
  margin-block-end: 8px;
  padding: 8px 6px 8px 8px;
  border-radius: var(--_radius);
  box-shadow: inset 0 0 0 1px var(--_border);
}
.offer b {
  color: var(--_fg);
}
.offer img {
  inline-size: 44px;
  block-size: 44px;
  border-radius: 8px;
  object-fit: cover;
}
.offer .send {
  flex: none;
  padding: 7px 14px;
  border-radius: 16px;
  background: var(--_accent);
  color: var(--_on-accent);
  font-weight: 600;
}
.emoji {
  display: grid;
  grid-template-columns: repeat(8, 1fr);
  max-block-size: 176px;
  padding-block-end: 8px;
  overflow: hidden auto;
  overscroll-behavior: contain;
  scrollbar-width: thin;
  scrollbar-color: var(--_border) transparent;
}
.emoji button {
  block-size: 40px;
  border-radius: 8px;
  font: 24px / 1 'Apple Color Emoji', 'Segoe UI Emoji', 'Noto Color Emoji', sans-serif;
}
.emoji button:hover {
  background: var(--_hover);
}
.search {
  display: flex;
  align-items: center;
  gap: 2px;
  padding: 6px 8px 6px 12px;
  border-block-end: 1px solid var(--_border);
  color: var(--_fg);
}
.search input {
  flex: 1;
  min-inline-size: 0;
  padding: 7px 12px;
  border: 0;
  border-radius: 18px;
  background: var(--_bubble);
  color: inherit;
  font: inherit;
  font-size: var(--_input-size);
  appearance: none;
}
.search input::-webkit-search-cancel-button {
  display: none;
}
.search .count {
  padding-inline: 8px 4px;
  font-size: 12px;
  color: var(--_muted);
}
.search .icon,
header > .icon.icon {
  display: grid;
  place-items: center;
  flex: none;
  inline-size: 36px;
  block-size: 36px;
  border-radius: 50%;
}
.search .icon:hover {
  background: var(--_hover);
}
.search .icon:disabled {
  opacity: 0.35;
}
.said {
  position: absolute;
  z-index: 2;
  inset-block-end: 84px;
  inset-inline: 16px;
  inline-size: fit-content;
  max-inline-size: calc(100% - 32px);
  margin-inline: auto;
  padding: 8px 14px;
  border-radius: 18px;
  background: var(--_fg);
  color: var(--_bg);
  font-size: 13px;
}
.said:empty {
  display: none;
}
@media (pointer: coarse) {
  kefu-message-list {
    -webkit-touch-callout: none;
    -webkit-user-select: none;
    user-select: none;
  }
}
.date {
  position: relative;
  z-index: 1;
  block-size: 0;
  text-align: center;
  opacity: 0;
  transition: opacity var(--_duration);
  pointer-events: none;
}
.date.shown {
  opacity: 1;
}
.date span {
  position: relative;
  inset-block-start: 8px;
  display: inline-block;
  padding: 4px 12px;
  border-radius: 14px;
  background: var(--_bg);
  color: var(--_muted);
  box-shadow: var(--_raised);
  font-size: 12px;
  font-weight: 500;
}
:host([dropping])::after {
  content: '+';
  position: absolute;
  z-index: 2;
  inset: 0;
  display: grid;
  place-items: center;
  font-size: 64px;
  color: var(--_accent);
  background: var(--_bg);
  outline: 2px dashed;
  outline-offset: -14px;
  opacity: 0.92;
  pointer-events: none;
}
`;

// The looks of the buttons beside the text field, and of a conversation that files are dragged over.

export const moreStyles = `
kefu-composer > .icon {
  display: grid;
  place-items: center;
  flex: none;
  inline-size: 32px;
  block-size: 32px;
  border-radius: 50%;
  color: var(--_muted);
}
kefu-composer > .icon:hover {
  color: var(--_fg);
  background: var(--_hover);
}
kefu-composer > .icon svg {
  inline-size: 20px;
  block-size: 20px;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.75;
  stroke-linecap: round;
  stroke-linejoin: round;
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

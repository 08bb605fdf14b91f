// The looks of the dialogs: sheets to choose and record, and the viewer.

export const dialogStyles = `
:host {
  font: 400 var(--_font-size) / 1.45 var(--_font);
  color: var(--_fg);
}
*, ::before {
  box-sizing: border-box;
}
dialog {
  color: inherit;
  font: inherit;
  border: 0;
  padding: 0;
  margin: auto;
  overscroll-behavior: contain;
}
dialog::backdrop {
  background: rgb(0 0 0 / 55%);
}
button {
  font: inherit;
  color: inherit;
  background: none;
  border: 0;
  padding: 0;
  cursor: pointer;
  touch-action: manipulation;
  -webkit-tap-highlight-color: transparent;
}
:focus-visible {
  outline: 2px solid var(--_focus);
  outline-offset: 2px;
}
svg {
  display: block;
  inline-size: 24px;
  block-size: 24px;
  fill: none;
  stroke: currentColor;
  stroke-width: 1.75;
  stroke-linecap: round;
  stroke-linejoin: round;
}
.icon {
  display: grid;
  place-items: center;
  inline-size: 44px;
  block-size: 44px;
  border-radius: 50%;
}

.menu {
  position: fixed;
  margin: 0;
  inset: auto;
  min-inline-size: 168px;
  padding: 6px;
  border-radius: 14px;
  background: var(--_bg);
  box-shadow: var(--_shadow);
}
.menu::backdrop {
  background: none;
}
.menu button {
  display: flex;
  align-items: center;
  gap: 12px;
  inline-size: 100%;
  min-block-size: 40px;
  padding: 4px 14px 4px 10px;
  border-radius: 9px;
  text-align: start;
}
.menu button:hover,
.menu button:focus {
  background: var(--_hover);
}
.menu svg {
  inline-size: 20px;
  block-size: 20px;
  color: var(--_muted);
}
@media (pointer: coarse) {
  .menu button {
    min-block-size: 46px;
  }
}

.sheet {
  inline-size: min(100vw - 24px, 420px);
  max-block-size: min(100vh - 24px, 640px);
  border-radius: var(--_radius);
  background: var(--_bg);
  box-shadow: var(--_shadow);
}
.sheet[open] {
  display: flex;
  flex-direction: column;
}
@media (max-width: 480px) {
  .sheet {
    inline-size: 100vw;
    max-inline-size: none;
    margin-block-end: 0;
    border-end-start-radius: 0;
    border-end-end-radius: 0;
    padding-block-end: env(safe-area-inset-bottom, 0px);
  }
}
h2 {
  margin: 0;
  padding: 16px 20px 8px;
  font-size: 17px;
  font-weight: 650;
}
ul {
  flex: 1;
  margin: 0;
  padding: 4px 20px 8px;
  list-style: none;
  overflow: auto;
}
li {
  display: flex;
  align-items: center;
  gap: 12px;
  padding-block: 6px;
}
.thumb {
  flex: none;
  display: grid;
  place-items: center;
  inline-size: 64px;
  block-size: 64px;
  border-radius: 10px;
  object-fit: cover;
  background: var(--_hover);
  color: var(--_muted);
}
.only .thumb {
  inline-size: 100%;
  block-size: auto;
  min-block-size: 96px;
  max-block-size: 45vh;
  object-fit: contain;
}
.only li {
  flex-wrap: wrap;
}
.about {
  flex: 1;
  min-inline-size: 0;
}
.about b {
  display: block;
  font-weight: 550;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}
.about span {
  font-size: 13px;
  color: var(--_muted);
}
.about .wrong {
  color: var(--_danger);
}
.acts {
  display: flex;
  justify-content: flex-end;
  align-items: center;
  gap: 8px;
  padding: 8px 20px 16px;
}
.act {
  min-block-size: 40px;
  padding-inline: 18px;
  border-radius: 20px;
  font-weight: 600;
}
.act:hover {
  background: var(--_hover);
}
.main, .main:hover {
  color: var(--_on-accent);
  background: var(--_accent);
}
.act:disabled {
  opacity: 0.5;
  cursor: default;
}

.meter {
  display: flex;
  align-items: center;
  gap: 12px;
  padding: 8px 20px;
  font-variant-numeric: tabular-nums;
}
.meter::before {
  content: '';
  inline-size: 10px;
  block-size: 10px;
  border-radius: 50%;
  background: var(--_danger);
}
.bars {
  flex: 1;
  display: flex;
  align-items: center;
  justify-content: flex-end;
  gap: 2px;
  block-size: 40px;
  overflow: hidden;
}
.bars i {
  flex: none;
  inline-size: 3px;
  border-radius: 2px;
  background: var(--_accent);
}

.viewer {
  inline-size: 100vw;
  max-inline-size: none;
  block-size: 100vh;
  block-size: 100dvh;
  max-block-size: none;
  color: #fff;
  background: #0b0c0e;
  overflow: hidden;
}
.viewer::backdrop {
  background: #0b0c0e;
}
.track {
  display: flex;
  block-size: 100%;
  overflow: auto hidden;
  scroll-snap-type: x mandatory;
  scrollbar-width: none;
  overscroll-behavior: contain;
}
.track::-webkit-scrollbar {
  display: none;
}
.slide {
  flex: none;
  inline-size: 100%;
  block-size: 100%;
  display: grid;
  overflow: auto;
  scroll-snap-align: center;
  scroll-snap-stop: always;
  overscroll-behavior: contain;
}
.slide img {
  margin: auto;
  max-inline-size: 100vw;
  max-block-size: 100vh;
  max-block-size: 100dvh;
  object-fit: contain;
  cursor: zoom-in;
}
.zoomed .track {
  overflow: hidden;
}
.zoomed .slide img {
  max-inline-size: none;
  max-block-size: none;
  inline-size: var(--zoom);
  cursor: zoom-out;
}
.bar {
  position: absolute;
  inset: 0 0 auto;
  z-index: 1;
  display: flex;
  align-items: center;
  gap: 4px;
  padding: 6px;
  padding-block-start: max(6px, env(safe-area-inset-top, 0px));
  background: linear-gradient(rgb(0 0 0 / 60%), transparent);
}
.bar .about {
  padding-inline-start: 10px;
}
.bar .about span {
  color: rgb(255 255 255 / 75%);
}
.viewer .icon:hover {
  background: rgb(255 255 255 / 14%);
}
.side {
  position: absolute;
  inset-block: 0;
  z-index: 1;
  margin-block: auto;
}
.before {
  inset-inline-start: 6px;
}
.after {
  inset-inline-end: 6px;
}
.side:dir(rtl) svg {
  transform: scaleX(-1);
}
.side:disabled {
  visibility: hidden;
}
@media (pointer: coarse) {
  .side {
    display: none;
  }
}
`;

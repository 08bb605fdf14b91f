// The looks of what a message carries.
import { css } from 'lit';

export const contentStyles = css`
  code {
    padding: 1px 4px;
    border-radius: 4px;
    background: var(--_hover);
    font-size: 0.92em;
  }
  mark {
    border-radius: 2px;
    background: #ffe08a;
    color: #16181d;
  }
  blockquote {
    display: -webkit-box;
    white-space: pre-wrap;
    margin: 2px 0 6px;
    padding-inline-start: 8px;
    border-inline-start: 3px solid;
    overflow: hidden;
    font-size: 0.87em;
    opacity: 0.85;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 4;
  }
  .quote {
    display: block;
    inline-size: 100%;
    text-align: start;
  }
  .card,
  .cards,
  .choice,
  .file,
  .media,
  .quote {
    white-space: normal;
  }
  .form {
    margin-block-end: 4px;
  }
  .choice {
    display: inline-block;
    margin: 6px 0 2px;
    padding: 5px 14px;
    border-radius: 16px;
    box-shadow: inset 0 0 0 1px;
    font-weight: 600;
    text-decoration: none;
  }
  .choice:not(:disabled) {
    color: var(--_link, inherit);
  }
  .choice:disabled {
    opacity: 0.6;
    cursor: default;
  }
  .choice:hover:not(:disabled) {
    background: var(--_hover);
  }
  .cards {
    display: flex;
    gap: 8px;
    overflow: auto hidden;
    overscroll-behavior-inline: contain;
    scroll-snap-type: x mandatory;
    scrollbar-width: thin;
    scrollbar-color: var(--_border) transparent;
  }
  .card {
    display: flex;
    inline-size: 280px;
    max-inline-size: 100%;
    border-radius: var(--_radius);
    overflow: hidden;
    background: var(--_bg);
    color: var(--_fg);
    box-shadow: inset 0 0 0 1px var(--_border);
    text-decoration: none;
  }
  .cards .card {
    flex: none;
    flex-direction: column;
    inline-size: 196px;
    scroll-snap-align: start;
  }
  .card img {
    flex: none;
    inline-size: 88px;
    object-fit: cover;
    background: var(--_hover);
  }
  .cards .card img {
    inline-size: 100%;
    block-size: 132px;
  }
  .about {
    display: flex;
    flex-direction: column;
    gap: 2px;
    min-inline-size: 0;
    padding: 10px 12px;
  }
  .card .about {
    flex: 1;
  }
  .about b,
  .note {
    display: -webkit-box;
    overflow: hidden;
    font-weight: 600;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }
  .note,
  .order {
    font-size: 12px;
    font-weight: 400;
    color: var(--_muted);
  }
  .price {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 2px 8px;
    margin-block-start: auto;
    font-weight: 600;
  }
  .status {
    font-size: 12px;
    color: var(--_muted);
  }
  .media {
    display: block;
    max-inline-size: 100%;
    min-inline-size: 64px;
    min-block-size: 64px;
    border-radius: var(--_radius);
    overflow: hidden;
    background: var(--_hover);
  }
  .media img,
  video {
    display: block;
    max-inline-size: 100%;
    block-size: auto;
    max-block-size: 340px;
    object-fit: cover;
  }
  kefu-voice {
    display: flex;
    inline-size: 240px;
    max-inline-size: 100%;
    block-size: 44px;
  }
  audio {
    inline-size: 100%;
    block-size: 100%;
  }
  .file {
    display: flex;
    align-items: center;
    max-inline-size: 100%;
    text-align: start;
    font-size: 14px;
  }
  .file svg {
    font-size: 28px;
  }
  .own .file .note {
    color: inherit;
  }
  .frame {
    position: relative;
    display: block;
  }
  .upload {
    position: absolute;
    inset-block: 0;
    inset-inline-start: 0;
    margin: auto;
    inline-size: 40px;
    block-size: 40px;
    display: grid;
    place-items: center;
    border-radius: 50%;
    color: #fff;
    background: rgb(0 0 0 / 75%);
  }
  .upload circle {
    fill: none;
    stroke: currentColor;
    stroke-width: 2.5;
    transform: rotate(-90deg);
    transform-origin: center;
    transition: stroke-dasharray var(--_duration) linear;
  }
  .upload svg + svg {
    position: absolute;
    inline-size: 100%;
    block-size: 100%;
  }
  .bare .upload {
    inset-inline-end: 0;
  }
  .bare .bubble {
    padding: 0;
    border-radius: 0;
    background: none;
    box-shadow: none;
    color: var(--_fg);
  }
  .bare .meta {
    margin-block: 5px 0;
    color: var(--_muted);
    opacity: 1;
  }
  .notice {
    padding: 10px 16px 4px;
    font-size: 12px;
    text-align: center;
    color: var(--_muted);
  }
  @media (forced-colors: active) {
    .card,
    .choice {
      border: 1px solid;
    }
  }
`;

// What every element of Kefu is made on: the words to show, and the way to ask something of the face.
import { LitElement } from 'lit';
import type { PropertyDeclarations } from 'lit';
import type { Strings } from './i18n/strings.ts';
import { stringsFor } from './i18n/strings-for.ts';

/** Registers the element unless the page already has one of that name (a second copy of the script). */
export const define = (tag: string, element: CustomElementConstructor): void => {
  if (!customElements.get(tag)) customElements.define(tag, element);
};

/** The `lang` of the nearest element around that has one, shadow roots included; else the browser's language. */
export const nearestLang = (element: Element): string => {
  for (let node: Node | null = element; node; node = node instanceof ShadowRoot ? node.host : node.parentNode) {
    if (node instanceof HTMLElement && node.lang) return node.lang;
  }
  return navigator.language;
};

export class KefuElement extends LitElement {
  static override properties: PropertyDeclarations = { strings: { attribute: false } };

  /** The catalogue to show; undefined: by the nearest `lang`. Faces hand theirs down. */
  declare strings: Strings | undefined;

  /** `lang` is the browser's own property; the words follow it. */
  static override get observedAttributes(): string[] {
    return [...super.observedAttributes, 'lang'];
  }

  override attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    super.attributeChangedCallback(name, before, after);
    if (name === 'lang') this.requestUpdate();
  }

  /** The words to render with. */
  protected get words(): Strings {
    return this.strings ?? stringsFor(nearestLang(this));
  }
}

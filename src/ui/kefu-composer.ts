// Where the user writes.
import { html } from 'lit';
import type { TemplateResult } from 'lit';
import { base } from './base.styles.ts';
import { KefuElement } from './kefu-element.ts';

export class KefuComposer extends KefuElement {
  static override properties = { value: {}, placeholder: {}, disabled: { type: Boolean, reflect: true } };
  static override styles = [base];

  declare value: string;
  declare placeholder: string;
  declare disabled: boolean;

  constructor() {
    super();
    this.value = '';
    this.placeholder = '';
    this.disabled = false;
  }

  override render(): TemplateResult {
    return html`<textarea></textarea>`;
  }
}

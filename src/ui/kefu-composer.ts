// Where the user writes.
import { html, nothing } from 'lit';
import type { PropertyValues, TemplateResult } from 'lit';
import type { Json } from '../protocol/json.ts';
import { base } from './base.styles.ts';
import type { DraftTarget } from './draft.ts';
import { sendIcon } from './icons.ts';
import { plural } from './i18n/plural.ts';
import { KefuElement } from './kefu-element.ts';
import { composerStyles } from './kefu-composer.styles.ts';
import { DraftEvent, SendRequestEvent, TypingEvent } from './request-events.ts';
import { roomFor } from './text-room.ts';

/** The text without blank lines before it and white space after it; the rest is the writer's. */
const trimmed = (text: string): string => text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();

/**
 * @summary A text field that grows up to six rows, and a button. Enter sends, Shift+Enter is a new line.
 * @fires kefu-send-request - Inside the key press or click. Cancelable: `preventDefault()` leaves the text where it is.
 * @fires kefu-draft - The text has changed by the user, or was sent.
 * @fires kefu-typing - The user typed something.
 * @slot above - Above all that.
 * @slot start - Before the text, for buttons.
 * @slot end - Between text and send button.
 * @csspart box - Text and buttons.
 * @csspart input - The text field.
 * @csspart send - The button.
 */
export class KefuComposer extends KefuElement {
  static override properties = {
    value: {},
    target: { attribute: false },
    placeholder: {},
    disabled: { type: Boolean, reflect: true },
  };
  static override styles = [base, composerStyles];

  /** The text, both ways. Set from outside it replaces what is there. */
  declare value: string;
  /** The message that the text answers or replaces, both ways. */
  declare target: DraftTarget | undefined;
  /** Undefined or empty: a phrase of the catalogue. */
  declare placeholder: string;
  declare disabled: boolean;
  /** Makes the content of a text, and of what it is about. The second file puts one here that knows formats and quotes. */
  write: (text: string, target: DraftTarget | undefined) => Json = (text) => text;
  #hasJustComposed = false;
  #input: HTMLTextAreaElement | undefined;

  constructor() {
    super();
    this.value = '';
    this.placeholder = '';
    this.disabled = false;
  }

  protected override firstUpdated(): void {
    const input = this.renderRoot.querySelector('textarea');
    if (!input) return;
    this.#input = input;
    // another width, other lines; not at once, which would be a loop
    new ResizeObserver(() => requestAnimationFrame(() => this.#fit(input))).observe(input);
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    const input = this.#input;
    if (!input) return;
    // not bound in the template: while a composition goes on, the field is the input method's
    if (input.value !== this.value) input.value = this.value;
    if (changed.has('value') || changed.has('placeholder')) this.#fit(input);
  }

  override render(): TemplateResult {
    const words = this.words;
    const room = roomFor(this.value);
    const over = room !== undefined && room < 0;
    const placeholder = this.placeholder || words.placeholder;
    return html`<slot name="above"></slot>
      <div class="box ${over ? 'over' : ''}" part="box">
        <slot name="start"></slot>
        <textarea
          part="input"
          rows="1"
          dir="auto"
          enterkeyhint="send"
          autocomplete="off"
          aria-label=${words.composerLabel}
          aria-describedby="room"
          aria-invalid=${over ? 'true' : 'false'}
          placeholder=${placeholder}
          ?disabled=${this.disabled}
          @input=${this.#onInput}
          @keydown=${this.#onKeydown}
          @compositionend=${this.#onCompositionEnd}
        ></textarea>
        <slot name="end"></slot>
        <button
          class="send"
          part="send"
          type="button"
          aria-label=${words.send}
          title=${words.send}
          ?disabled=${this.disabled || over || this.value.trim() === ''}
          @pointerdown=${this.#keepFocus}
          @mousedown=${this.#keepFocus}
          @click=${this.send}
        >
          ${sendIcon}
        </button>
      </div>
      <div
        id="room"
        class=${over ? 'room over' : 'room'}
        role=${over ? 'alert' : 'status'}
        ?hidden=${room === undefined}
      >
        ${
          room === undefined ? nothing : plural(words.lang, over ? words.tooLong : words.charactersLeft, Math.abs(room))
        }
      </div>`;
  }

  /** Moves the focus into the field without scrolling the page, unless told otherwise. */
  override focus(options?: FocusOptions): void {
    this.#input?.focus({ preventScroll: true, ...options });
  }

  /** Puts the text where the cursor is, as if it was typed. */
  insert(text: string): void {
    const input = this.#input;
    if (!input) return;
    input.setRangeText(text, input.selectionStart, input.selectionEnd, 'end');
    this.#onInput();
  }

  /** Sets both, as if the user had. */
  change(value: string, target: DraftTarget | undefined): void {
    this.value = value;
    this.target = target;
    this.dispatchEvent(new DraftEvent({ text: value, target }));
  }

  /** Sends what is in the field, if that can be sent. */
  send(): void {
    const text = trimmed(this.value);
    if (this.disabled || text.trim() === '' || (roomFor(text) ?? 0) < 0) return;
    const { target } = this;
    const head = !target
      ? {}
      : target.kind === 'edit'
        ? { replace: `:${target.seqid}` }
        : { reply: String(target.seqid) };
    if (!this.dispatchEvent(new SendRequestEvent(this.write(text, target), head))) return;
    this.change(target?.before ?? '', undefined);
  }

  #onInput(): void {
    const input = this.#input;
    if (!input) return;
    this.change(input.value, this.target);
    if (this.value.trim() !== '') this.dispatchEvent(new TypingEvent());
  }

  #onKeydown(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || this.#isComposing(event)) return;
    event.preventDefault();
    this.send();
  }

  /** Enter picks a candidate while text is being composed. */
  #isComposing(event: KeyboardEvent): boolean {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells Safari's late Enter
    return event.isComposing || event.keyCode === 229 || this.#hasJustComposed;
  }

  /**
   * Safari reports the Enter that ends a composition after its end: in the same task, which no other key press can be in,
   * and with keyCode 229, which not every input method sets.
   */
  #onCompositionEnd(): void {
    this.#hasJustComposed = true;
    setTimeout(() => {
      this.#hasJustComposed = false;
    });
  }

  /** A press on the button leaves the focus, and on phones the keyboard, where it is. */
  #keepFocus(event: Event): void {
    event.preventDefault();
  }

  #fit(input: HTMLTextAreaElement): void {
    input.style.blockSize = 'auto';
    // an empty field is as high as one row, however long its placeholder
    if (this.value !== '') input.style.blockSize = `${input.scrollHeight}px`;
  }
}

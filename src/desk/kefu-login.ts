// The form where an agent logs in.
import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { base } from '../ui/base.styles.ts';
import { alertIcon } from '../ui/icons.ts';
import { DeskElement } from './desk-element.ts';
import { loginStyles } from './kefu-login.styles.ts';
import { logo } from './logo.ts';

/** The agent asks to be let in. Call `answer` with the attempt: the form waits for it and says why it failed. */
export class LoginRequestEvent extends Event {
  readonly name: string;
  readonly password: string;
  readonly answer: (attempt: Promise<void>) => void;
  constructor(name: string, password: string, answer: (attempt: Promise<void>) => void) {
    super('kefu-login-request', { bubbles: true, composed: true });
    this.name = name;
    this.password = password;
    this.answer = answer;
  }
}

/** @fires kefu-login-request */
export class KefuLogin extends DeskElement {
  static override properties = { busy: { state: true }, failure: { state: true } };
  static override styles = [base, loginStyles];

  declare private busy: boolean;
  declare private failure: string;

  constructor() {
    super();
    this.busy = false;
    this.failure = '';
  }

  override render(): TemplateResult {
    const { words } = this;
    return html`
      <form @submit=${this.submit} aria-labelledby="heading">
        <span class="logo">${logo}</span>
        <h1 id="heading">${words.loginHeading}</h1>
        <label for="name">${words.loginName}</label>
        <input
          id="name"
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          required
          aria-describedby="failure"
          aria-invalid=${this.failure ? 'true' : 'false'}
        />
        <label for="password">${words.loginPassword}</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          aria-describedby="failure"
          aria-invalid=${this.failure ? 'true' : 'false'}
        />
        <p id="failure" role="alert">${this.failure ? html`${alertIcon} ${this.failure}` : nothing}</p>
        <button type="submit" aria-disabled=${this.busy ? 'true' : 'false'}>
          ${this.busy ? words.loggingIn : words.login}
        </button>
      </form>
    `;
  }

  private field(id: 'name' | 'password'): HTMLInputElement | null {
    return this.renderRoot.querySelector<HTMLInputElement>(`#${id}`);
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const name = this.field('name');
    const password = this.field('password');
    if (this.busy || !name || !password) return;
    this.busy = true;
    this.failure = '';
    this.dispatchEvent(new LoginRequestEvent(name.value.trim(), password.value, (attempt) => void this.wait(attempt)));
  }

  private async wait(attempt: Promise<void>): Promise<void> {
    const { words } = this;
    const password = this.field('password');
    try {
      await attempt;
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      this.failure =
        name === 'RefusedError'
          ? words.loginWrong
          : name === 'RequestTimeoutError'
            ? words.loginTimeout
            : words.loginFailed;
    }
    this.busy = false;
    // The password has done its work, right or wrong.
    if (password) password.value = '';
    if (this.failure) password?.focus();
  }
}

declare global {
  interface HTMLElementEventMap {
    'kefu-login-request': LoginRequestEvent;
  }
}

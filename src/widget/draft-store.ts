// What the visitor has typed and not sent, kept while the tab lives.
import { NO_DRAFT } from '../ui/draft.ts';
import type { Draft } from '../ui/draft.ts';

const PREFIX = 'kefu:draft:';

const isDraft = (value: unknown): value is Draft =>
  typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string';

/** The draft of the conversation; an empty one when there is none, or the browser keeps nothing. */
export const loadDraft = (conversation: string): Draft => {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(PREFIX + conversation) ?? '0');
    return isDraft(kept) ? kept : NO_DRAFT;
  } catch {
    return NO_DRAFT;
  }
};

/** Keeps the draft, or forgets it when it is empty. A browser that keeps nothing is no reason to stop typing. */
export const saveDraft = (conversation: string, draft: Draft): void => {
  try {
    if (draft.text || draft.target) sessionStorage.setItem(PREFIX + conversation, JSON.stringify(draft));
    else sessionStorage.removeItem(PREFIX + conversation);
  } catch {
    // storage is blocked or full: the draft lives as long as the page
  }
};

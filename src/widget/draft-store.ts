// What the visitor has typed and not sent, kept while the tab lives.

const PREFIX = 'kefu:draft:';

/** The draft of the conversation; empty when there is none, or the browser keeps nothing. */
export const loadDraft = (conversation: string): string => {
  try {
    return sessionStorage.getItem(PREFIX + conversation) ?? '';
  } catch {
    return '';
  }
};

/** Keeps the draft, or forgets it when it is empty. A browser that keeps nothing is no reason to stop typing. */
export const saveDraft = (conversation: string, text: string): void => {
  try {
    if (text) sessionStorage.setItem(PREFIX + conversation, text);
    else sessionStorage.removeItem(PREFIX + conversation);
  } catch {
    // storage is blocked or full: the draft lives as long as the page
  }
};

// What can be read of an element, through shadow roots and slots.

const words = (node: Node): string[] => {
  if (node instanceof HTMLStyleElement) return [];
  if (node instanceof Element && node.shadowRoot) return [...node.shadowRoot.childNodes].flatMap(words);
  if (node instanceof HTMLSlotElement && node.assignedNodes().length > 0) return node.assignedNodes().flatMap(words);
  if (node instanceof Text) return [node.data];
  return [...node.childNodes].flatMap(words);
};

/** The text with single spaces. */
export const textOf = (node: Node): string => words(node).join(' ').replace(/\s+/g, ' ').trim();

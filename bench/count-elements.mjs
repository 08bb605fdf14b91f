/** Runs in the page: how many elements the chat is made of, shadow trees included. */
export function countElements() {
  let count = 0;
  const visit = (root) => {
    for (const element of root.querySelectorAll('*')) {
      count += 1;
      if (element.shadowRoot) visit(element.shadowRoot);
    }
  };
  visit(document.querySelector('kefu-chat').shadowRoot);
  return count;
}

// Addresses: where a link may lead, and a picture may come from. Everything that somebody else wrote goes through here.

/** Where a link may lead: the address in full when it is http, https, mailto or tel; undefined for anything else. */
export const hrefOf = (link: string): string | undefined => {
  try {
    const { protocol, username, password, pathname, href } = new URL(/^www\./i.test(link) ? `https://${link}` : link);
    // a name in front of the host is how a link pretends to lead elsewhere
    if (username || password) return undefined;
    if (protocol === 'mailto:') return /^[^@?]+@[^@?]+/.test(pathname) ? href : undefined;
    if (protocol === 'tel:') return /^\+?[\d().-]{3,}$/.test(pathname) ? href : undefined;
    return /^https?:$/.test(protocol) ? href : undefined;
  } catch {
    return undefined;
  }
};

/** Where a picture may come from: http, https, or inline as a bitmap; undefined for anything else. */
export const pictureOf = (value: unknown): string | undefined =>
  typeof value === 'string' && /^(https?:|data:image\/(png|jpeg|webp|gif);)/.test(value) ? value : undefined;

// What a JWT says before anybody has checked it (RFC 7519).

/** UTF-8, a character a byte: as `btoa` takes it. */
export const binary = (text: string): string => String.fromCharCode(...new TextEncoder().encode(text));

/** The subject that it names; undefined when it is no JWT, or names none. */
export const subjectOf = (token = ''): string | undefined => {
  try {
    const bytes = atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'));
    const claims: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))));
    const { sub } = claims as { readonly sub?: unknown };
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
};

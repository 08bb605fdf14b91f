// The version of the package, as the page can read it.
export const VERSION = '0.1.0';

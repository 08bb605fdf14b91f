// Sizes of files in words.

/** Like `1.4 MB`, as the language has it. */
export const sizeText = (lang: string, bytes: number): string => {
  const [unit, divisor] =
    bytes < 1_000 ? (['byte', 1] as const) : bytes < 1e6 ? (['kilobyte', 1e3] as const) : (['megabyte', 1e6] as const);
  return new Intl.NumberFormat(lang, { style: 'unit', unit, maximumFractionDigits: bytes < 1e6 ? 0 : 1 }).format(
    bytes / divisor,
  );
};

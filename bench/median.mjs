// The median of numbers, and other quantiles.

/** The value below which `share` (0 to 1) of the numbers lie. */
export const quantile = (numbers, share) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
};

export const median = (numbers) => quantile(numbers, 0.5);

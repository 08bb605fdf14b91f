// Times and durations as an inbox has room for: short.

const DAY_MS = 86_400_000;

const midnight = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0);

/** "14:05" today, the weekday within a week, else the day and month, with the year when it is another one. */
export const shortTime = (lang: string, at: number, now: number): string => {
  const days = Math.round((midnight(now) - midnight(at)) / DAY_MS);
  const options: Intl.DateTimeFormatOptions =
    days <= 0
      ? { hour: 'numeric', minute: '2-digit' }
      : days < 7
        ? { weekday: 'short' }
        : {
            day: 'numeric',
            month: 'short',
            ...(new Date(at).getFullYear() !== new Date(now).getFullYear() && { year: 'numeric' }),
          };
  return new Intl.DateTimeFormat(lang, options).format(at);
};

/** Day and time in full. */
export const longTime = (lang: string, at: number): string =>
  new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' }).format(at);

/** The largest unit only: "45s", "12m", "3h", "2d". Never negative, for clocks that disagree. */
export const duration = (lang: string, ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [value, unit] =
    seconds < 60
      ? [seconds, 'second']
      : seconds < 3600
        ? [seconds / 60, 'minute']
        : seconds < 86_400
          ? [seconds / 3600, 'hour']
          : [seconds / 86_400, 'day'];
  return new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'narrow' }).format(Math.floor(value));
};

// Times and days in words, by formatters that are made once per language.
const cached = <F>(make: (lang: string) => F): ((lang: string) => F) => {
  const made = new Map<string, F>();
  return (lang) => {
    let formatter = made.get(lang);
    if (!formatter) made.set(lang, (formatter = make(lang)));
    return formatter;
  };
};

const timeFormat = cached((lang) => new Intl.DateTimeFormat(lang, { hour: 'numeric', minute: '2-digit' }));
const fullFormat = cached((lang) => new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'short' }));
const weekdayFormat = cached((lang) => new Intl.DateTimeFormat(lang, { weekday: 'long' }));
const dayFormat = cached((lang) => new Intl.DateTimeFormat(lang, { weekday: 'short', day: 'numeric', month: 'long' }));
const yearFormat = cached((lang) => new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'long', year: 'numeric' }));
const shortFormat = cached((lang) => new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short' }));
const relativeFormat = cached((lang) => new Intl.RelativeTimeFormat(lang, { numeric: 'auto' }));
const unitFormat = cached(
  (lang) => (unit: 'minute' | 'hour' | 'day', n: number) =>
    new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'short' }).format(n),
);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A number that is the same for all times of one local day, and one more on the next day. */
export const dayNumber = (at: number): number => {
  const date = new Date(at);
  return Math.round(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / DAY_MS);
};

/** `14:32` or `2:32 PM`, as the language has it. */
export const timeText = (lang: string, at: number): string => timeFormat(lang).format(at);

/** Date and time in full, for titles. */
export const fullText = (lang: string, at: number): string => fullFormat(lang).format(at);

/** The name of the day that holds `at`: today, yesterday, a day of this week, else the date. */
export const dayText = (lang: string, at: number, now: number): string => {
  const age = dayNumber(now) - dayNumber(at);
  if (age === 0 || age === 1) {
    const text = relativeFormat(lang).format(-age, 'day');
    return text.charAt(0).toLocaleUpperCase(lang) + text.slice(1);
  }
  if (age > 1 && age < 7) return weekdayFormat(lang).format(at);
  return (new Date(at).getFullYear() === new Date(now).getFullYear() ? dayFormat : yearFormat)(lang).format(at);
};

/** The shortest name of a time, for lists: the time of today, yesterday, a day of this week, else the date. */
export const shortText = (lang: string, at: number, now: number): string => {
  const age = dayNumber(now) - dayNumber(at);
  if (age === 0) return timeText(lang, at);
  return age > 0 && age < 7 ? dayText(lang, at, now) : shortFormat(lang).format(at);
};

/** How long something lasts, in its largest unit and at least a minute: `3 min`, `2 hr`. */
export const durationText = (lang: string, ms: number): string => {
  const [unit, unitMs] =
    ms < HOUR_MS
      ? (['minute', MINUTE_MS] as const)
      : ms < DAY_MS
        ? (['hour', HOUR_MS] as const)
        : (['day', DAY_MS] as const);
  return unitFormat(lang)(unit, Math.max(1, Math.floor(ms / unitMs)));
};

/** Formats of durations and instants, in the time zone of the district. */

export const TIME_ZONE = "Asia/Shanghai";

export type Language = "zh-CN" | "en";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS: Record<Language, { day: string; hour: string; minute: string; second: string; space: string }> = {
  "zh-CN": { day: "天", hour: "时", minute: "分", second: "秒", space: "" },
  en: { day: "d", hour: "h", minute: "m", second: "s", space: " " },
};

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Formats a duration in two neighbouring units: `3天04时`, `2时05分`, `12分05秒`. */
export function duration(milliseconds: number, language: Language): string {
  const left = Math.abs(milliseconds);
  const { day, hour, minute, second, space } = UNITS[language];
  const pair = (big: number, bigUnit: string, small: number, smallUnit: string): string =>
    `${big}${bigUnit}${space}${two(small)}${smallUnit}`;
  if (left >= 2 * DAY) return pair(Math.floor(left / DAY), day, Math.floor((left % DAY) / HOUR), hour);
  if (left >= HOUR) return pair(Math.floor(left / HOUR), hour, Math.floor((left % HOUR) / MINUTE), minute);
  return pair(Math.floor(left / MINUTE), minute, Math.floor((left % MINUTE) / SECOND), second);
}

/** Returns the used share of the limit, 0 to 1; null if no clock runs. */
export function shareUsed(startedMs: number | null, dueMs: number | null, now: number): number | null {
  if (startedMs === null || dueMs === null || dueMs <= startedMs) return null;
  return Math.max(0, Math.min(1, (now - startedMs) / (dueMs - startedMs)));
}

const CLOCK_FORMAT = new Intl.DateTimeFormat("en-GB", {
  timeZone: TIME_ZONE,
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

const DATE_FORMAT = new Intl.DateTimeFormat("en-GB", {
  timeZone: TIME_ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
});

/** `14:03:22`. */
export function clockTime(milliseconds: number): string {
  return CLOCK_FORMAT.format(milliseconds);
}

function dateOf(milliseconds: number): { year: string; month: string; day: string } {
  const [day, month, year] = DATE_FORMAT.format(milliseconds).split("/") as [string, string, string];
  return { year, month, day };
}

/** Formats `14:03` for today, `11-23 14:03` for this year, `2025-11-23 14:03` for other years. */
export function shortTime(milliseconds: number, now: number): string {
  const time = clockTime(milliseconds).slice(0, 5);
  const { year, month, day } = dateOf(milliseconds);
  const today = dateOf(now);
  if (year !== today.year) return `${year}-${month}-${day} ${time}`;
  return month === today.month && day === today.day ? time : `${month}-${day} ${time}`;
}

/** A time as candump prints it. */
export interface CandumpTime {
  /** In ms: since 1970, since the first frame, or since the frame before. */
  readonly ms: number;
  /** Digits behind the point. */
  readonly decimals: number;
  /** Whether its seconds begin with zeros, as `000.010000`: only candump's `-t d` and `-t z` do. */
  readonly isPadded: boolean;
}

const SECONDS = /^\s*(\d{1,12})\.(\d{1,9})\s*$/;
const PADDED = /^0\d\d/;
const DATE = /^\s*(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)\.(\d{1,9})\s*$/;

/**
 * Reads what stands between the brackets of a line of candump: `-t a`, `-t z` and `-t d` print seconds,
 * `-t A` a date, which is taken as UTC.
 *
 * @param text For example `1700000000.000500`, `000.000500` or `2026-11-29 09:31:30.000500`.
 * @returns The time; `undefined` where it is none.
 */
export function parseCandumpTime(text: string): CandumpTime | undefined {
  const seconds = SECONDS.exec(text);
  if (seconds !== null) {
    const [, whole, digits] = seconds;
    // By microseconds: what has six decimals comes back as it was written.
    const ms = (Number(whole) * 1e6 + Number(digits!.padEnd(9, "0")) / 1000) / 1000;
    return { ms, decimals: digits!.length, isPadded: PADDED.test(whole!) };
  }
  const date = DATE.exec(text);
  if (date === null) return undefined;
  const [year, month, day, hour, minute, second] = date.slice(1, 7).map(Number);
  const ms = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) +
    Number(date[7]!.padEnd(9, "0")) / 1e6;
  return { ms, decimals: date[7]!.length, isPadded: false };
}

/** Times since 1970 are larger, unless a log began in the first years of it. */
const EPOCH_MS_MIN = 1e11;
/** Frames of several interfaces may come out of order, by less than this. */
const DISORDER_MS_MAX = 1;
/** Decimals with which two frames of one bus cannot have the same time. */
const EXACT_DECIMALS = 6;

/**
 * Tells whether times are gaps between frames, as `candump -t d` prints them.
 *
 * Times since the first frame never go back; gaps do. Where all gaps are alike they repeat each other,
 * which exact times of one bus cannot.
 *
 * @param times The times in the order of the log, each with the name of its bus.
 * @returns Whether each is the time since the frame before.
 */
export function areGaps(
  times: readonly (CandumpTime & { readonly interfaceName: string })[],
): boolean {
  if (!times.some(({ isPadded }) => isPadded)) return false;
  for (const [i, time] of times.entries()) {
    if (time.ms >= EPOCH_MS_MIN) return false;
    const before = times[i - 1];
    if (before === undefined) continue;
    if (time.ms < before.ms - DISORDER_MS_MAX) return true;
    const isExact = time.decimals >= EXACT_DECIMALS && time.ms > 0;
    if (isExact && time.ms === before.ms && time.interfaceName === before.interfaceName) {
      return true;
    }
  }
  return false;
}

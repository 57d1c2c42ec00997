const NICE = [
  1,
  2,
  5,
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  900,
  1800,
  3600,
  7200,
  14_400,
  43_200,
  86_400,
];

/**
 * Finds round moments for an axis of time.
 *
 * @param durationMs How long the axis is, in ms.
 * @param countMax How many moments there may be, beside 0.
 * @returns The moments, in ms from the axis's beginning, 0 first.
 */
export function timeTicks(durationMs: number, countMax: number): readonly number[] {
  const seconds = Math.max(0, durationMs) / 1000;
  const step = seconds < 1
    ? 0.1
    : NICE.find((one) => seconds / one <= countMax) ?? Math.ceil(seconds / countMax);
  const ticks: number[] = [];
  for (let i = 0; i * step <= seconds && i <= countMax + 1; i++) ticks.push(i * step * 1000);
  return ticks;
}

/**
 * Formats a moment of an axis.
 *
 * @param ms The moment, in ms.
 * @returns For example `0 s`, `15 s`, `2:30`.
 */
export function formatTick(ms: number): string {
  const seconds = Math.round(ms / 100) / 10;
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
}

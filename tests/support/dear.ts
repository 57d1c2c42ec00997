/** The file in which `scripts/test` has the tests noted that it passes over; not set where all are run. */
const NOTES = Deno.env.get("CANVOY_TESTS_PASSED_OVER") ?? "";

/**
 * A test that takes long or many processes. `scripts/test` passes it over and says so;
 * `scripts/test --all` runs it, and so does whoever names its path.
 *
 * @param name What it shows.
 * @param fn Shows it.
 * @param options Whether it is passed over everywhere: where a program is missing.
 */
export function dearTest(
  name: string,
  fn: () => Promise<void> | void,
  options: { readonly ignore?: boolean } = {},
): void {
  const isPassedOver = NOTES !== "";
  if (isPassedOver) Deno.writeTextFileSync(NOTES, `${name}\n`, { append: true });
  Deno.test({ name, fn, ignore: isPassedOver || (options.ignore ?? false) });
}

/**
 * A test of one row of a table: the first row is soon done, the others are dear.
 *
 * @param row Which row it is; the first one is 0.
 * @param name What it shows.
 * @param fn Shows it.
 * @param options Whether it is passed over everywhere.
 */
export function rowTest(
  row: number,
  name: string,
  fn: () => Promise<void> | void,
  options: { readonly ignore?: boolean } = {},
): void {
  if (row > 0) dearTest(name, fn, options);
  else Deno.test({ name, fn, ...options });
}

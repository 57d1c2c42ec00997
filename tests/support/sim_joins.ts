/** A `canvoy sim` that was started. */
interface Sim extends AsyncDisposable {
  until(pattern: RegExp): Promise<RegExpExecArray>;
}

/**
 * Waits until a `canvoy sim` listens, and tells by which options others reach its nodes.
 *
 * @param sim It; ended where it says nothing of the kind.
 * @returns It, and the options.
 */
export async function joined<T extends Sim>(
  sim: T,
): Promise<{ readonly sim: T; readonly joins: readonly string[] }> {
  try {
    const [line] = await sim.until(/canvoy flash .*\n/);
    const joins = [...line.matchAll(/--bus '([^']+)'/g)].flatMap((join) => ["--bus", join[1]!]);
    return { sim, joins };
  } catch (error) {
    await sim[Symbol.asyncDispose]();
    throw error;
  }
}

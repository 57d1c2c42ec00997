/** What Node's own functions, which packages use, say of a denied right. */
const DENIED_CODES: ReadonlySet<unknown> = new Set(["EACCES", "EPERM", "ERR_ACCESS_DENIED"]);

/**
 * Tells a right that was denied, by the system or to this process, from what is not there: who is
 * told "nobody listens" or "there is none" looks in the wrong place.
 *
 * @param error What was thrown.
 * @returns Whether it, or what led to it, is a denied right.
 */
export function isDenied(error: unknown): boolean {
  if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
    return true;
  }
  if (!(error instanceof Error)) return false;
  return DENIED_CODES.has((error as { code?: unknown }).code) || isDenied(error.cause);
}

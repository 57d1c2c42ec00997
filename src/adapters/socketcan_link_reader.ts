import { type Clock, Timer } from "../core/mod.ts";
import type { SocketcanKernel } from "./socketcan_channel.ts";
import { SocketcanError } from "./socketcan_error.ts";
import type { CanLink } from "./socketcan_link.ts";

/**
 * How long the program may take, in ms, each time that it is asked. A host that is busy, or takes an
 * interface away, may have it wait for many seconds: that says nothing of the bus.
 */
const READ_MS_MAX: readonly number[] = [2000, 4000, 8000, 16_000];

/** How long one look may take in all, in ms. */
export const LINK_READ_MS_MAX: number = READ_MS_MAX.reduce((sum, ms) => sum + ms);

/** What came of one time that the program was asked. */
const EXPIRED = Symbol("expired");

/**
 * Asks the kernel what it knows of an interface: again, and waiting longer, where no answer comes.
 *
 * @param kernel Is asked.
 * @param options The interface, and the time.
 * @returns What it knows; `undefined` where there is no such interface.
 * @throws {SocketcanError} `NO_IP`: nothing came to be known.
 */
export async function readLinkWithRetries(
  kernel: SocketcanKernel,
  { name, clock }: { readonly name: string; readonly clock: Clock },
): Promise<CanLink | undefined> {
  for (const msMax of READ_MS_MAX) {
    const link = await readLinkOnce(kernel, clock, msMax);
    if (link !== EXPIRED) return link;
  }
  const state = `the program ip did not end within ${LINK_READ_MS_MAX / 1000} s`;
  throw new SocketcanError("NO_IP", name, state);
}

async function readLinkOnce(
  kernel: SocketcanKernel,
  clock: Clock,
  msMax: number,
): Promise<CanLink | undefined | typeof EXPIRED> {
  const asking = new AbortController();
  const { promise: expired, resolve } = Promise.withResolvers<typeof EXPIRED>();
  const limit = new Timer(clock, () => {
    resolve(EXPIRED);
    asking.abort();
  });
  limit.setAt(clock.now() + msMax);
  try {
    return await Promise.race([expired, kernel.readLink(asking.signal)]);
  } finally {
    limit.clear();
  }
}

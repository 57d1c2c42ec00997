import { type Clock, Timer } from "../core/mod.ts";
import type { SocketcanKernel } from "./socketcan_channel.ts";
import { SocketcanError } from "./socketcan_error.ts";
import type { CanLink } from "./socketcan_link.ts";

/** How long the kernel may take to say what it knows of an interface, in ms. */
const LOOK_MS_MAX = 2000;

/**
 * Asks the kernel what it knows of an interface, and waits no longer than a while.
 *
 * @param kernel Is asked.
 * @param options The interface, and the time.
 * @returns What it knows; `undefined` where there is no such interface.
 * @throws {SocketcanError} `NO_IP`: nothing came to be known.
 */
export async function lookAtLink(
  kernel: SocketcanKernel,
  { name, clock }: { readonly name: string; readonly clock: Clock },
): Promise<CanLink | undefined> {
  const asking = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const limit = new Timer(clock, () => {
    asking.abort();
    const state = `the program ip did not end within ${LOOK_MS_MAX} ms`;
    reject(new SocketcanError("NO_IP", name, state));
  });
  limit.setAt(clock.now() + LOOK_MS_MAX);
  try {
    return await Promise.race([kernel.readLink(asking.signal), expired]);
  } finally {
    limit.clear();
  }
}

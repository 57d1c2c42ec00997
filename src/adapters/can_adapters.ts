/** How long the program ip may take to list the interfaces on a busy machine, in ms. */
const LIST_MS_MAX = 30_000;

/**
 * Tells CAN interfaces apart by what they are plugged into: can0 and can1 may swap when a machine boots.
 *
 * @returns The identity of each interface's adapter, by the interface's name; without those that have
 * none (virtual ones), and empty where the program ip says nothing.
 */
export async function readCanAdapters(): Promise<ReadonlyMap<string, string>> {
  try {
    const { success, stdout } = await new Deno.Command("ip", {
      args: ["-details", "-json", "link", "show"],
      stdin: "null",
      signal: AbortSignal.timeout(LIST_MS_MAX),
    }).output();
    return success ? parseCanAdapters(new TextDecoder().decode(stdout)) : new Map();
  } catch {
    // Whoever opens the bus says what is wrong with ip; until then interfaces are known by name.
    return new Map();
  }
}

/**
 * Reads what `ip -details -json link show` prints. Channels of one adapter are told apart by their
 * order, in which its driver names them.
 *
 * @param text Its standard output.
 * @returns For example `usb:1-1.2:1.0#0` by `can0`.
 */
export function parseCanAdapters(text: string): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  const adapters = new Map<string, string>();
  for (const { name, parent } of parseLinks(text).sort((left, right) => left.index - right.index)) {
    const count = counts.get(parent) ?? 0;
    counts.set(parent, count + 1);
    adapters.set(name, `${parent}#${count}`);
  }
  return adapters;
}

interface Link {
  readonly index: number;
  readonly name: string;
  readonly parent: string;
}

function parseLinks(text: string): Link[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [];
  }
  const links: readonly unknown[] = Array.isArray(parsed) ? parsed : [];
  return links.flatMap((link) => {
    if (typeof link !== "object" || link === null) return [];
    const { ifindex, ifname, link_type, parentbus, parentdev } = link as Record<string, unknown>;
    const isTold = link_type === "can" && typeof ifname === "string" &&
      typeof ifindex === "number" && typeof parentdev === "string";
    return isTold ? [{ index: ifindex, name: ifname, parent: `${parentbus}:${parentdev}` }] : [];
  });
}

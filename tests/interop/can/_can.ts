import { RealClock } from "../../../src/adapters/real_clock.ts";
import { openSocketcanBus } from "../../../src/adapters/socketcan_bus.ts";
import type { SocketcanBus, SocketcanOptions } from "../../../src/adapters/socketcan_options.ts";
import type { CanFrame, TransmitOutcome } from "../../../src/can/mod.ts";

/** Whether vcan0..3 are there: `scripts/with-vcan` says so. */
export const HAS_VCAN = Deno.env.get("WITH_VCAN") === "1";

/** Registers a test that needs vcan0..3; elsewhere it is shown as left out. */
export function canTest(name: string, body: () => Promise<void>): void {
  // The package closes its sockets when their objects are collected, not before.
  Deno.test({ name, ignore: !HAS_VCAN, sanitizeOps: false, sanitizeResources: false, fn: body });
}

/** Runs a program to its end; throws when it fails. */
export async function run(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" })
    .output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** Opens an interface with a real clock; both end with the scope. */
export async function openBus(
  options: Omit<SocketcanOptions, "clock">,
): Promise<{ bus: SocketcanBus; clock: RealClock } & AsyncDisposable> {
  const clock = new RealClock();
  const bus = await openSocketcanBus({ ...options, clock });
  return {
    bus,
    clock,
    [Symbol.asyncDispose]: async () => {
      bus.close();
      await bus.closed;
      clock[Symbol.dispose]();
    },
  };
}

/** A frame with a number in its first four bytes. */
export function numbered(id: number, number: number, more: Partial<CanFrame> = {}): CanFrame {
  const data = new Uint8Array(more.fd ? 64 : 8);
  new DataView(data.buffer).setUint32(0, number);
  return { id, extended: false, fd: false, bitRateSwitch: false, data, ...more };
}

/** The number in a frame's first four bytes. */
export function numberOf({ data }: CanFrame): number {
  return new DataView(data.buffer, data.byteOffset).getUint32(0);
}

/** Waits, in real time. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until something holds; throws when it never does. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 20_000,
): Promise<void> {
  for (const endMs = performance.now() + withinMs; !await holds();) {
    if (performance.now() > endMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(5);
  }
}

/** Filters are set once for all changes of one turn; then the kernel keeps what passes them. */
export async function filtersSet(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

/** Sockets that hear all that an interface carries. */
export async function listenersTo(name: string): Promise<number> {
  // Deno lets nobody read there who may not do all.
  const text = await run("cat", "/proc/net/can/rcvlist_all");
  return [...text.matchAll(new RegExp(`^ *${name} .* raw$`, "gm"))].length;
}

/** Records what an interface carries from now on, in candump's log format. */
export async function recordFrames(
  name: string,
  count: number,
): Promise<{ readonly text: Promise<string> }> {
  const listenersBefore = await listenersTo(name);
  const dump = new Deno.Command("candump", {
    args: ["-L", "-n", String(count), name],
    stdout: "piped",
  }).spawn();
  await until(async () => await listenersTo(name) > listenersBefore, `candump on ${name}`);
  return { text: dump.output().then(({ stdout }) => new TextDecoder().decode(stdout)) };
}

/** Frames that an interface has carried so far. */
export async function framesOn(name: string): Promise<number> {
  const line = new RegExp(`^ *${name}: *\\d+ +(\\d+)`, "m");
  return Number(line.exec(await run("cat", "/proc/net/dev"))![1]);
}

/** Sends a frame and tells how it ended. */
export function send(
  port: ReturnType<SocketcanBus["attach"]>,
  frame: CanFrame,
): Promise<TransmitOutcome> {
  return new Promise((resolve) => port.transmit(frame, resolve));
}

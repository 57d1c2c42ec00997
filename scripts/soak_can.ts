// deno-lint-ignore-file no-console
/**
 * Sends frames from one adapter to another over vcan0 and ends with 1 when one is lost, twice there
 * or out of order, when memory grows, or when something keeps the process alive afterwards.
 *
 *     scripts/with-vcan deno task soak [FRAMES]
 *
 * 200,000 frames by default.
 */
import { openSocketcanBus, RealClock } from "../src/adapters/mod.ts";
import type { CanFrame } from "../src/can/mod.ts";

const FRAMES_DEFAULT = 200_000;
const GROWTH_BYTES_MAX = 50 * 1024 * 1024;
/** Frames handed over at once: more than the kernel is given, so that the queue is used too. */
const HANDED_OVER_MAX = 64;
/** Frames after which memory is first measured: what grows before is code being compiled. */
const WARM_UP_FRAMES = 20_000;
/** How long nothing may move, in ms. */
const STALL_MS = 20_000;
/** How long the process may live on when all is closed, in ms. */
const LINGER_MS = 5000;

const total = Number(Deno.args[0] ?? FRAMES_DEFAULT);
const id = { id: 0x123, extended: false };
const clock = new RealClock();
const sender = await openSocketcanBus({ name: "vcan0", clock });
const receiver = await openSocketcanBus({ name: "vcan0", clock });
const { promise: over, resolve, reject } = Promise.withResolvers<void>();
let handedOver = 0;
let ended = 0;
let heard = 0;
let startBytes = 0;
const port = sender.attach();

function frame(number: number): CanFrame {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setUint32(0, number);
  return { ...id, fd: false, bitRateSwitch: false, data };
}

function pump(): void {
  while (handedOver < total && handedOver - ended < HANDED_OVER_MAX) {
    port.transmit(frame(handedOver++), (outcome) => {
      if (outcome !== "sent") return reject(new Error(`frame ${ended} was ${outcome}`));
      if (++ended === Math.min(WARM_UP_FRAMES, total)) startBytes = Deno.memoryUsage().rss;
      pump();
      check();
    });
  }
}

function check(): void {
  if (heard === total && ended === total) resolve();
}

receiver.attach().listen(id, ({ data }) => {
  const number = new DataView(data.buffer, data.byteOffset).getUint32(0);
  if (number !== heard) reject(new Error(`frame ${number} came where ${heard} was due`));
  heard++;
  check();
});
let seen = -1;
const watchdog = setInterval(() => {
  if (heard === seen) reject(new Error(`nothing moves: ${ended} sent, ${heard} heard`));
  seen = heard;
}, STALL_MS);

// The receiver's filters are set in this turn, before the first frame.
await Promise.resolve();
const startMs = performance.now();
pump();
await over;
const seconds = (performance.now() - startMs) / 1000;
const grownBytes = Deno.memoryUsage().rss - startBytes;
clearInterval(watchdog);
sender.close();
receiver.close();
await Promise.all([sender.closed, receiver.closed]);
console.log(
  `${total} frames in ${seconds.toFixed(1)} s, none lost; memory grew by ` +
    `${(grownBytes / 1024 / 1024).toFixed(1)} MiB`,
);
if (grownBytes > GROWTH_BYTES_MAX) {
  console.error("memory grew by more than 50 MiB");
  Deno.exit(1);
}
Deno.unrefTimer(setTimeout(() => {
  console.error("something keeps the process alive");
  Deno.exit(1);
}, LINGER_MS));

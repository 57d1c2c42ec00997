import { EMPTY_FLEET, reduceFleet } from "../../src/fleet/mod.ts";
import { Checkers } from "./checkers.ts";
import { type Disturbances, drawWorld, withoutFaults } from "./draw.ts";
import { JumpingClock } from "./jumping_clock.ts";
import { addressingOf, World } from "./world.ts";

/** A babbling frame takes less than this on the slowest bus, in ms. */
const BABBLE_EVERY_MS = 0.6;

/**
 * Draws a world, updates it among its faults, and then once more with the faults gone.
 *
 * @param seed Which world.
 * @returns What must not have happened; empty when all is well.
 */
export function runSwarm(seed: number): readonly string[] {
  const { spec, disturbances, hopeless } = drawWorld(seed);
  const first = new World(spec);
  const checkers = new Checkers(first);
  const clock = new JumpingClock(first.clock);
  first.powerOn();
  disturb(first, clock, disturbances);
  const pendingElsewhere = Object.values(disturbances).flat().length * 2;
  checkers.runEnded(first.run({ clock }), { pendingElsewhere });

  const second = new World(withoutFaults(spec), first.snapshots());
  const secondCheckers = new Checkers(second);
  second.powerOn();
  const events = second.run();
  secondCheckers.runEnded(events);
  secondCheckers.checkListening();
  const state = events.reduce(reduceFleet, EMPTY_FLEET);
  const stuck = [...state.nodes.values()]
    .filter(({ name, phase }) => phase !== "done" && !hopeless.has(name))
    .map(({ name, error }) => `${name} is not mended by a second run: ${error?.message}`);
  return [...checkers.violations, ...secondCheckers.violations, ...stuck];
}

export function disturb(world: World, clock: JumpingClock, disturbances: Disturbances): void {
  const at = (atMs: number, action: () => void): void => void world.clock.schedule(action, atMs);
  for (const { bus, atMs, ms } of disturbances.babbling) {
    at(atMs, () => babble(world, bus, world.clock.now() + ms));
  }
  for (const { node, atMs, bytes } of disturbances.requests) {
    at(atMs, () => askAsAnother(world, node, bytes));
  }
  for (const { node, atMs, offMs } of disturbances.upsets) {
    const target = world.nodes[node]!;
    if (offMs === 0) at(atMs, () => target.reset());
    else {
      at(atMs, () => target.powerOff());
      at(atMs + offMs, () => target.powerOn());
    }
  }
  for (const { atMs, byMs } of disturbances.jumps) at(atMs, () => clock.jump(byMs));
  for (const { atMs, ms } of disturbances.pauses) {
    at(atMs, () => world.testerPorts.forEach((port) => port.stall()));
    at(atMs + ms, () => world.testerPorts.forEach((port) => port.release()));
  }
}

/** Fills a bus with frames that win every arbitration. */
function babble(world: World, bus: number, untilMs: number): void {
  const port = world.buses[bus]!.attach("babbler");
  const frame = {
    id: 0,
    extended: false,
    fd: false,
    bitRateSwitch: false,
    data: new Uint8Array(8),
  };
  const next = (): void => {
    if (world.clock.now() >= untilMs) return port.close();
    port.transmit(frame, () => void world.clock.schedule(next, 0));
  };
  world.clock.schedule(next, BABBLE_EVERY_MS);
}

/** One single frame on the identifier that the tester itself uses. */
function askAsAnother(world: World, node: number, bytes: readonly number[]): void {
  const { bus } = world.spec.nodes[node]!;
  const port = world.buses[bus]!.attach("another tester");
  const addressing = addressingOf(node);
  if (addressing.mode !== "normal") return;
  const data = new Uint8Array(8).fill(0xCC);
  data.set([bytes.length, ...bytes]);
  port.transmit({ ...addressing.tx, fd: false, bitRateSwitch: false, data }, () => {
    world.clock.schedule(() => port.close());
  });
}

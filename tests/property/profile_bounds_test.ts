/**
 * A profile, whatever it says, cannot make canvoy send to identifiers that the fleet file does not name,
 * touch what the layout protects, or go on without end: random profiles against a node that answers at
 * random, in virtual time.
 */
import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { sha256 } from "../../src/codec/mod.ts";
import { bytesToHex, VirtualClock } from "../../src/core/mod.ts";
import {
  type Fleet,
  type FleetEvent,
  FleetFileError,
  readFleetFile,
  readProfileFile,
} from "../../src/fleet/mod.ts";
import { VirtualBus } from "../../src/sim/mod.ts";
import { createVirtualNodes } from "../../src/virtual/mod.ts";
import { createImage } from "../../src/image/mod.ts";
import { FLEET_LOOKUPS, planFromFiles, updateFleet } from "../../src/tester/mod.ts";
import { matchRequest } from "../../src/uds/mod.ts";
import { ProfileFitError, profileRequests, type UpdateProfile } from "../../src/update/mod.ts";
import { RandomAnswerer } from "../support/random_answerer.ts";
import { RANDOM_PROFILE } from "../support/random_profile.ts";
import { rogueImage } from "../rogue/rogue_bench.ts";

const REQUEST = 0x600;
const RESPONSE = 0x680;
const FUNCTIONAL = 0x7DF;
/** Where a bootloader would be heard that has its own. */
const OTHER = { request: 0x610, response: 0x690 };
/** Behind it lies a configuration, so that whatever reaches too far is seen. */
const APPLICATION = { start: 0x0800_8000, end: 0x0801_0000 };
const PROTECTED = [[0x0800_0000, 0x8000], [0x0801_0000, 0x1_0000]] as const;
/** Two sectors of 16 KiB, the second one in part. */
const IMAGE_BYTES = 17 * 1024;
const SEGMENTS = 2;
/** No run of these lasts as long, in ms: it is a matter of seconds. */
const RUN_MS_MAX = 24 * 3_600_000;
/** Shortest time in which a request and its answer pass, in ms, at 1 Mbit/s. */
const EXCHANGE_MS = 0.2;
/** The longest erase of the part, in ms: polled so long whatever the profile bounds. */
const ERASE_MS_MAX = 60_000;

/** What a run came to. */
interface Outcome {
  readonly profile: UpdateProfile;
  readonly requests: readonly Uint8Array[];
  readonly identifiers: ReadonlySet<number>;
  readonly events: readonly FleetEvent[];
  readonly isOver: boolean;
  readonly endMs: number;
}

/** Only a profile that talks to them may have identifiers of its own for the bootloader. */
function hasOther(profile: Readonly<Record<string, unknown>>): boolean {
  return JSON.stringify(profile).includes('"talkTo":"bootloader"');
}

function fleetOf(profile: Readonly<Record<string, unknown>>): Fleet {
  const bootloader = hasOther(profile) ? `bootloader: ${JSON.stringify(OTHER)},` : "";
  const text = `
buses: { bench: { url: "virtual:bench", bitrate: 1000000 } }
images: { app: { file: app.bin, base: ${APPLICATION.start} } }
profiles: { ours: ${JSON.stringify(profile)} }
nodes:
  - { name: node, bus: bench, request: ${REQUEST}, response: ${RESPONSE}, device: STM32F407VG, image: app,
      ${bootloader} profile: ours, block: 1, fingerprint: "01 02", security: { xor: "A5 5A" },
      layout: { bootloader: { start: 0x08000000, size: 32K },
        application: { start: ${APPLICATION.start}, size: 32K },
        configuration: [{ start: 0x08010000, size: 64K }] } }
`;
  return readFleetFile({ name: "fleet.yaml", text }, FLEET_LOOKUPS);
}

/** Plays a profile; `undefined` where it is refused before anything is sent. */
function play(
  profile: Readonly<Record<string, unknown>>,
  { seed, goodPercent }: { readonly seed: number; readonly goodPercent: number },
): Outcome | undefined {
  const clock = new VirtualClock();
  const bitRates = { bitrateBps: 1_000_000 };
  const bus = new VirtualBus({ name: "bench", bitRates, clock, seed });
  const identifiers = new Set<number>();
  bus.onWire = ({ frame }) => void identifiers.add(frame.id);
  const id = (number: number) => ({ id: number, extended: false });
  const addressing = { mode: "normal", tx: id(RESPONSE), rx: id(REQUEST) } as const;
  const node = new RandomAnswerer({
    port: bus.attach("node"),
    clock,
    addressing,
    seed,
    goodPercent,
  });
  const events: FleetEvent[] = [];
  let isOver = false;
  let fleet: Fleet;
  try {
    fleet = fleetOf(profile);
    updateFleet({
      fleet,
      readImage: () => rogueImage(APPLICATION.start, IMAGE_BYTES, 1),
      buses: new Map([["bench", bus]]),
      clock,
    }).subscribe({ next: (event) => events.push(event), complete: () => isOver = true });
  } catch (error) {
    if (!(error instanceof FleetFileError || error instanceof ProfileFitError)) throw error;
    strictEqual(identifiers.size, 0, "refused after something was sent");
    return undefined;
  }
  while (!isOver && clock.nextDueMs <= RUN_MS_MAX) {
    clock.run({ untilMs: clock.nextDueMs, actionsMax: 2_000 });
  }
  identifiers.delete(RESPONSE);
  const built = fleet.nodes[0]!.profile;
  const { requests } = node;
  return { profile: built, requests, identifiers, events, isOver, endMs: clock.now() };
}

/** Plays a profile against a virtual node of the same one: what its layout protects, before and after. */
function playVirtual(
  profile: Readonly<Record<string, unknown>>,
  seed: number,
): { readonly before: string; readonly after: string; readonly isWritten: boolean } | undefined {
  const clock = new VirtualClock();
  const bus = new VirtualBus({ name: "bench", bitRates: { bitrateBps: 1_000_000 }, clock, seed });
  const buses = new Map([["bench", bus]]);
  const data = rogueImage(APPLICATION.start, IMAGE_BYTES, 1);
  const image = createImage([{ address: APPLICATION.start, data }]);
  try {
    const fleet = fleetOf(profile);
    const jobs = planFromFiles(fleet, fleet.nodes, { image: () => image });
    const nodes = createVirtualNodes(fleet, { buses, clock, seed, image: () => image, jobs });
    const { flash } = [...nodes.values()][0]!;
    const protectedBytes = (): string =>
      PROTECTED.map(([start, length]) => bytesToHex(sha256(flash.read(start, length)!))).join();
    for (const node of nodes.values()) node.powerOn();
    const before = protectedBytes();
    updateFleet({ fleet, readImage: () => data, buses, clock }).subscribe();
    clock.run({ untilMs: 120_000, actionsMax: 300_000 });
    const isWritten = flash.read(APPLICATION.start, 64)!.every((byte, i) => byte === data[i]);
    return { before, after: protectedBytes(), isWritten };
  } catch (error) {
    if (!(error instanceof FleetFileError || error instanceof ProfileFitError)) throw error;
    return undefined;
  }
}

/** How many requests a profile may come to at most: its own bounds, multiplied. */
function requestsMax({ profile, endMs }: Outcome): number {
  const { timing, erase, enter, finish, download } = profile;
  const attempts = Math.max(2, timing.requestAttemptsMax);
  const own = profileRequests(profile).length + enter.length + finish.length;
  const polls = profileRequests(profile).map(({ answer }) =>
    Math.max(timing.requestMsMax, erase.request === undefined ? 0 : ERASE_MS_MAX, 2000) /
    Math.max(answer?.poll?.intervalMs ?? Infinity, EXCHANGE_MS)
  ).reduce((sum, count) => sum + count, 0);
  const knocks = profileRequests(profile)
    .reduce((sum, { knock }) => sum + (knock === undefined ? 0 : knock.forMs / knock.everyMs), 0);
  const dataBytes = Math.max(1, Math.min(128, download.maxNumberOfBlockLengthCap - 10));
  const blocks = IMAGE_BYTES / dataBytes;
  const activation = timing.activationMsMax /
    Math.max(EXCHANGE_MS, Math.min(timing.retryDelayMs, 50));
  const rounds = timing.nodeAttemptsMax * (SEGMENTS + 1);
  const tries = timing.segmentAttemptsMax * SEGMENTS + 1;
  const kept = endMs / (timing.s3Ms / 2);
  return kept + 2 * rounds * tries * attempts * (own + polls + knocks + blocks + activation + 10);
}

/** Whether a request is one that the profile may send, about nothing but the application. */
function isWithinApplication(request: Uint8Array, profile: UpdateProfile): boolean {
  const meant = profileRequests(profile).filter(({ matches }) => matches(request));
  return meant.length === 0 || meant.some(({ key, template }) => {
    // What is only read may be more than was written: then the checksum is another one.
    if (key === "check") return true;
    const fields = template && matchRequest(template, request);
    if (fields === undefined) return true;
    const base = profile.memory?.base ?? APPLICATION.start;
    const { pageBytes } = profile.memory ?? {};
    const size = numberOf(fields.get("size")) ?? 1;
    const page = numberOf(fields.get("page"));
    const pages = numberOf(fields.get("pages")) ?? 1;
    const ranges = [
      [numberOf(fields.get("address")), size],
      [added(base, numberOf(fields.get("offset"))), size],
      ...(pageBytes === undefined ? [] : [[added(base, page, pageBytes), pages * pageBytes]]),
    ] as const;
    return ranges.every(([start, length = 1]) =>
      start === undefined ||
      start >= APPLICATION.start && start + length <= APPLICATION.end
    );
  });
}

function numberOf(bytes: Uint8Array | undefined): number | undefined {
  return bytes?.reduce((value, byte) => value * 256 + byte, 0);
}

function added(base: number, count: number | undefined, unit = 1): number | undefined {
  return count === undefined ? undefined : base + count * unit;
}

const ANSWERER = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  goodPercent: fc.constantFrom(0, 60, 90, 97, 100),
});

Deno.test("a profile sends to no identifier that the fleet file does not name, and ends", () => {
  let played = 0;
  fc.assert(
    fc.property(RANDOM_PROFILE, ANSWERER, (profile, answerer) => {
      const outcome = play(profile, answerer);
      if (outcome === undefined) return;
      played++;
      for (const id of outcome.identifiers) {
        const isNamed = id === REQUEST || id === FUNCTIONAL ||
          (hasOther(profile) && id === OTHER.request);
        ok(isNamed, `something went to 0x${id.toString(16)}`);
      }
      ok(outcome.isOver, "the run does not end");
      const { requests, events } = outcome;
      const bound = requestsMax(outcome);
      ok(requests.length <= bound, `${requests.length} requests where ${bound} are the most`);
      ok(
        events.length <= 8 * bound + 200,
        `${events.length} events for ${requests.length} requests`,
      );
      for (const request of requests) {
        ok(isWithinApplication(request, outcome.profile), `outside of it: ${request.join(" ")}`);
      }
    }),
    { numRuns: 500 },
  );
  ok(played > 120, `only ${played} profiles were played`);
});

Deno.test("a profile has a node that speaks it touch nothing but its application", () => {
  let written = 0;
  fc.assert(
    fc.property(RANDOM_PROFILE, fc.integer({ min: 1, max: 1000 }), (profile, seed) => {
      const flash = playVirtual(profile, seed);
      if (flash === undefined) return;
      strictEqual(flash.before, flash.after, "bootloader or configuration is another one");
      if (flash.isWritten) written++;
    }),
    { numRuns: 200 },
  );
  ok(written > 10, `only ${written} nodes were written`);
});

Deno.test("a profile of any content is read, or its mistakes are told with their places", () => {
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom("31 01 FF 00 {", "{address:4}", "", "0x31", -1, 1e99, [[]], { file: "x" }),
  );
  fc.assert(
    fc.property(
      RANDOM_PROFILE,
      fc.array(fc.tuple(fc.nat(), junk), { maxLength: 4 }),
      (base, changes) => {
        const profile = structuredClone(base) as Record<string, unknown>;
        for (const [where, value] of changes) replaceAt(profile, where, value);
        const read = (): { expected: string } => ({ expected: "no file" });
        try {
          readProfileFile({ name: "ours.yaml", text: JSON.stringify(profile) }, read);
        } catch (error) {
          ok(error instanceof FleetFileError, String(error));
          for (const { line, column, message } of error.issues) {
            ok(line >= 1 && column >= 1 && message !== "", error.message);
          }
        }
      },
    ),
    { numRuns: 600 },
  );
});

/** Puts a value in the place of one that is somewhere in a tree. */
function replaceAt(tree: Record<string, unknown>, where: number, value: unknown): void {
  const keys = Object.keys(tree);
  const key = keys[where % keys.length];
  if (key === undefined) return;
  const inner = tree[key];
  const rest = Math.floor(where / keys.length);
  if (typeof inner === "object" && inner !== null && rest % 3 !== 0) {
    replaceAt(inner as Record<string, unknown>, rest, value);
  } else tree[key] = structuredClone(value);
}

import { ok, strictEqual } from "node:assert/strict";
import { EMPTY, of } from "rxjs";
import { concatBytes, VirtualClock } from "../../../src/core/mod.ts";
import { type FleetEvent, type FleetNodeJob, runFleet } from "../../../src/fleet/mod.ts";
import { createUdsClient, createXorKeySource } from "../../../src/uds/mod.ts";
import { BUILT_IN_PROFILES } from "../../../src/update/mod.ts";
import type { FuzzDecoder } from "../decoder.ts";
import { HostileLink, SAYS_MORE } from "../hostile_link.ts";
import { recordUpdate, worldOf } from "../record.ts";
import { decodeScript, encodeScript, type ScriptItem } from "../script.ts";

/** Longest that an update may take whatever its node answers, in ms. */
const RUN_MS_MAX = 12 * 3600_000;
/** Far more than any update takes. */
const ACTIONS_MAX = 500_000;
const EVENTS_MAX = 50_000;
const REQUESTS_MAX = 20_000;

/** The profiles, each with what is done to a node that speaks it. */
const JOBS: readonly FleetNodeJob[] = [...BUILT_IN_PROFILES.keys()].map((name) =>
  worldOf(name).job(0)
);
const KEY_SOURCE = createXorKeySource(Uint8Array.of(0xC3, 0x5A, 0x96, 0x0F));

/** What a good node answered in a whole update: the number of the profile stands before it. */
function recorded(profile: string, index: number): Uint8Array {
  const items = recordUpdate(profile).flatMap(({ response, pendingCount, request }) => {
    const pending: ScriptItem = {
      kind: SAYS_MORE,
      data: Uint8Array.of(0x7F, request.data[0]!, 0x78),
    };
    return [
      ...Array<ScriptItem>(Math.min(2, pendingCount)).fill(pending),
      { kind: 0, data: response?.data ?? new Uint8Array(0) },
    ];
  });
  return concatBytes([Uint8Array.of(index), encodeScript(items)]);
}

/**
 * canvoy's whole update of a node that answers anything at any time: it ends within its bounds, says
 * how, and asks for nothing outside the node's plan.
 */
export const UDS_CLIENT: FuzzDecoder = {
  seeds: [...BUILT_IN_PROFILES.keys()].map(recorded),
  words: [
    [0x7F, 0x36, 0x78],
    [0x7F, 0x31, 0x21],
    [0x7F, 0x27, 0x37],
    [0x7F, 0x36, 0x73],
    [0x74, 0x20, 0x00, 0x00],
    [0x74, 0x10, 0x03],
    [0x74, 0xF0],
    [0x50, 0x02, 0xFF, 0xFF, 0xFF, 0xFF],
    [0x50, 0x02, 0, 0, 0, 0],
    [SAYS_MORE],
    [0x02],
    [0x03],
  ].map((bytes) => Uint8Array.from(bytes)),
  inputBytesMax: 1500,
  attempt: (bytes) => {
    const clock = new VirtualClock();
    const node = JOBS[(bytes[0] ?? 0) % JOBS.length]!;
    const link = new HostileLink(clock, decodeScript(bytes.subarray(1)));
    const events: FleetEvent[] = [];
    const subscription = runFleet({
      clock,
      nodes: [node],
      buses: [{
        hasFunctional: true,
        name: node.bus,
        state$: of("errorActive" as const),
        sendFunctional: () => EMPTY,
        keepAlive: () => EMPTY,
      }],
      cancellation: { requested: false, requested$: EMPTY },
      connect: () => ({
        client: createUdsClient({ link, clock, timing: { p2Ms: 100, p2MarginMs: 30 } }),
        keySource: KEY_SOURCE,
        setPriority: () => {},
        close: () => {},
      }),
    }).subscribe((event) => events.push(event));
    const ran = clock.run({ untilMs: RUN_MS_MAX, actionsMax: ACTIONS_MAX });
    subscription.unsubscribe();
    ok(ran < ACTIONS_MAX, `${ran} actions`);
    strictEqual(events.at(-1)?.type, "runFinished", "the run did not end");
    const ends = events.filter(({ type }) => ENDS.has(type));
    strictEqual(ends.length, 1, "a node ends once");
    ok(events.length < EVENTS_MAX && link.requests.length < REQUESTS_MAX, "it goes on and on");
    checkRequests(link.requests, node);
    return ends[0]!.type === "nodeDone";
  },
};

const ENDS: ReadonlySet<string> = new Set(["nodeDone", "nodeFailed", "nodeRefused"]);

/** Erases and downloads by address lie within the plan, whatever was answered. */
function checkRequests(requests: readonly Uint8Array[], { job }: FleetNodeJob): void {
  const { segments, geometry } = job.inactivePlan ?? job.plan;
  const [start, end] = [segments[0]!.range.start, segments.at(-1)!.range.end];
  for (const request of requests) {
    const offset = request[0] === 0x34 && request[2] === 0x44
      ? 3
      : request[0] === 0x31 && request[2] === 0xFF && request[3] === 0x00 && request[4] === 0x44
      ? 5
      : undefined;
    if (offset === undefined || request.length < offset + 8) continue;
    const view = new DataView(request.buffer, request.byteOffset);
    const first = view.getUint32(offset);
    const last = first + view.getUint32(offset + 4);
    const isInRam = geometry.ram.some((region) => first >= region.start && last <= region.end);
    ok(isInRam || (first >= start && last <= end), "outside the plan");
  }
}

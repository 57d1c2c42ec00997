import { EMPTY, Subscription } from "rxjs";
import { reachNode } from "../../../src/cli/group_check/reach_node.ts";
import { checkGroupNode, type GroupFinding } from "../../../src/conformance/mod.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { readFleetFile } from "../../../src/fleet/mod.ts";
import {
  CLASSIC_FORMAT,
  createIsoTpLink,
  type IsoTpLink,
  type IsoTpRole,
  TransmitScheduler,
} from "../../../src/isotp/mod.ts";
import { VirtualBus, type VirtualNode } from "../../../src/sim/mod.ts";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { createXorKeySource } from "../../../src/uds/mod.ts";
import { createVirtualNodes } from "../../../src/virtual/mod.ts";
import { randomImage } from "../../support/bench.ts";

const REQUEST = { id: 0x600, extended: false };
const RESPONSE = { id: 0x500, extended: false };
const FUNCTIONAL = { id: 0x7DF, extended: false };
const GROUP = { id: 0x7FF, extended: false };
const APPLICATION = 0x0800_8000;

/** What a node does otherwise than a good one; each is told the middle that it is played in. */
export interface WrongNode {
  /** Lines of its `behaviour`. */
  readonly behaviour?: string;
  /** Takes a request: true where it has answered that, or said nothing. */
  readonly onRequest?: (request: Uint8Array, middle: Middle) => boolean;
  /** Takes a request that all nodes get, as `onRequest`. */
  readonly onFunctional?: (request: Uint8Array, middle: Middle) => boolean;
  /** Whether an answer that waits for flow control is not ended by the next request. */
  readonly keepsAnswers?: boolean;
  /** Changes an answer. */
  readonly onAnswer?: (answer: Uint8Array, request: Uint8Array, middle: Middle) => Uint8Array;
  /** Changes a group message; nothing: it is not heard. */
  readonly onMessage?: (message: Uint8Array, middle: Middle) => Uint8Array | undefined;
}

/** What stands between a tester and a good node, and makes it a wrong one. */
export interface Middle {
  readonly clock: VirtualClock;
  /** The good node. */
  readonly node: VirtualNode;
  /** What a wrong node may remember. */
  readonly notes: Map<string, unknown>;
  /** Hands a request to the good node. */
  forward(request: Uint8Array): void;
  /** Says something to the tester in one frame, also in the midst of an answer. */
  cutIn(bytes: Uint8Array): void;
  /** Answers the tester. */
  answer(bytes: Uint8Array): void;
}

/** The fleet file of a trial. */
export function fleetText(behaviour: string): string {
  return `
buses:
  line: { url: "virtual:line", bitrate: 1000000, group: 0x7FF }
images:
  app: { file: app.hex, version: 2.0.0 }
nodes:
  - name: node
    bus: line
    profile: iso14229-group
    device: STM32F407VG
    layout:
      bootloader: { start: 0x08000000, size: 32K }
      application: { start: 0x08008000, size: 96K }
    image: app
    security: { xor: "A5 5A 12 34" }
    request: 0x600
    response: 0x500
    sim: { behaviour: { ${behaviour} } }
`;
}

/** How a trial went. */
export interface TrialRun {
  readonly findings: readonly GroupFinding[];
  readonly error: unknown;
  /** Rules that were broken, by section. */
  readonly wrong: readonly string[];
}

/** Tries a node that is good but for what is told, in virtual time. */
export function tryNode(wrong: WrongNode = {}, hasSessionCheck = false): TrialRun {
  const clock = new VirtualClock();
  const text = fleetText(wrong.behaviour ?? "");
  const fleet = readFleetFile({ name: "fleet.yaml", text }, FLEET_LOOKUPS);
  const bus = (bitrateBps: number): VirtualBus =>
    new VirtualBus({ name: "line", bitRates: { bitrateBps }, clock, seed: 1 });
  // What is passed on is there before the tester's next frame is.
  const [outer, inner] = [bus(1_000_000), bus(1_000_000_000)];
  const image = randomImage(APPLICATION, 4096, 1);
  const node = createVirtualNodes(fleet, {
    buses: new Map([["line", inner]]),
    clock,
    seed: 1,
    image: () => image,
  }).get("node")!;
  node.powerOn();
  standBetween({ clock, outer, inner, node }, wrong);
  clock.run({ untilMs: 50 });
  const findings: GroupFinding[] = [];
  let error: unknown;
  using reached = reachNode({
    fleet,
    node: fleet.nodes[0]!,
    port: outer.attach("tester"),
    clock,
    cancellation: { requested: false, requested$: EMPTY },
    keys: { keySource: createXorKeySource(Uint8Array.of(0xA5, 0x5A, 0x12, 0x34)) },
    groupKey: Uint8Array.of(1, 2, 3, 4),
  });
  checkGroupNode(reached.underTest, { hasSessionCheck }).subscribe({
    next: (finding) => findings.push(finding),
    error: (one: unknown) => error = one,
  });
  clock.run({ untilMs: 3_600_000, actionsMax: 20_000_000 });
  const broken = findings.filter(({ result }) => result === "wrong");
  return { findings, error, wrong: broken.map(({ section, rule }) => `${section}: ${rule}`) };
}

/** Sends an answer; what ends it is told once a part of it is out. */
function sendUntilEnded(
  link: IsoTpLink,
  answer: Uint8Array,
  onStarted: (sending: Subscription) => void,
): void {
  const sending = new Subscription();
  sending.add(
    link.send(answer).subscribe({
      next: ({ type }) => {
        if (type === "started") onStarted(sending);
      },
      error: () => {},
    }),
  );
}

function standBetween(
  parts: {
    readonly clock: VirtualClock;
    readonly outer: VirtualBus;
    readonly inner: VirtualBus;
    readonly node: VirtualNode;
  },
  wrong: WrongNode,
): void {
  const { clock, outer, inner, node } = parts;
  const linksOn = (bus: VirtualBus) => {
    const port = bus.attach("middle");
    const scheduler = new TransmitScheduler(port, clock);
    const common = { port, scheduler, clock, format: CLASSIC_FORMAT };
    return (tx: typeof REQUEST, rx: typeof REQUEST, role: IsoTpRole = "unicast"): IsoTpLink =>
      createIsoTpLink({ ...common, role, addressing: { mode: "normal", tx, rx } });
  };
  const [onOuter, onInner] = [linksOn(outer), linksOn(inner)];
  const toTester = onOuter(RESPONSE, REQUEST);
  const toNode = onInner(REQUEST, RESPONSE);
  const allIn = onOuter(FUNCTIONAL, FUNCTIONAL, "functionalListener");
  const allOut = onInner(FUNCTIONAL, FUNCTIONAL, "functional");
  const groupIn = onOuter(GROUP, GROUP, "groupListener");
  const groupOut = onInner(GROUP, GROUP, "groupSender");
  let request: Uint8Array = new Uint8Array(0);
  const send = (link: IsoTpLink, bytes: Uint8Array): void => {
    link.send(bytes).subscribe({ error: () => {} });
  };
  const middle: Middle = {
    clock,
    node,
    notes: new Map(),
    forward: (bytes) => send(toNode, bytes),
    answer: (bytes) => send(toTester, bytes),
    cutIn: (bytes) => send(linksOn(outer)(RESPONSE, REQUEST), bytes),
  };
  // Like a node that takes groups: a request ends an answer that is in part out.
  let answering = new Subscription();
  toTester.indications$.subscribe(({ type }) => {
    if (wrong.keepsAnswers !== true && type !== "error") answering.unsubscribe();
  });
  const hear = (link: IsoTpLink, take: (message: Uint8Array) => void): void => {
    link.indications$.subscribe((one) => {
      if (one.type === "message") take(one.data);
    });
  };
  hear(toTester, (bytes) => {
    request = bytes;
    if (wrong.onRequest?.(bytes, middle) !== true) send(toNode, bytes);
  });
  hear(allIn, (bytes) => {
    request = bytes;
    if (wrong.onFunctional?.(bytes, middle) !== true) send(allOut, bytes);
  });
  hear(toNode, (bytes) => {
    const answer = wrong.onAnswer?.(bytes, request, middle) ?? bytes;
    if (answer.length === 0) return;
    sendUntilEnded(toTester, answer, (sending) => answering = sending);
  });
  hear(groupIn, (message) => {
    const changed = wrong.onMessage === undefined ? message : wrong.onMessage(message, middle);
    if (changed !== undefined) send(groupOut, changed);
  });
}

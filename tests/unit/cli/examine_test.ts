import { deepStrictEqual, match } from "node:assert/strict";
import { openSocketcanBus } from "../../../src/adapters/mod.ts";
import type { CanFrame } from "../../../src/can/mod.ts";
import type { BusEvidence } from "../../../src/cli/doctor/diagnosis.ts";
import { examine } from "../../../src/cli/doctor/examine.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";
import { pass, passBusOff, ScriptedKernel } from "../../support/scripted_kernel.ts";

const REQUEST = { id: 0x6F1, extended: false };
const RESPONSE = { id: 0x600, extended: false };
const TESTER = 0xF1;

Deno.test("examine() asks nodes that share identifiers by their address bytes", () => {
  const clock = new VirtualClock();
  const bus = new VirtualBus({ name: "b", bitRates: { bitrateBps: 5e5 }, clock, seed: 1 });
  // Extended addressing: the first byte is the address of whoever is meant.
  const port = bus.attach("node");
  port.listen(REQUEST, ({ data }) => {
    if (data[0] !== 0x12 || data[1] !== 0x02 || data[2] !== 0x3E) return;
    port.transmit(frame(RESPONSE, TESTER, 0x02, 0x7E, 0x00), () => {});
  });
  const node = { tx: REQUEST, rx: RESPONSE, rxPrefix: TESTER };
  const evidence: BusEvidence[] = [];
  examine({
    place: "b",
    port: bus.attach("doctor"),
    clock,
    nodes: [{ ...node, name: "there", txPrefix: 0x12 }, { ...node, name: "not", txPrefix: 0x13 }],
    listenMs: 10,
  }).subscribe((each) => evidence.push(each));
  clock.run({ untilMs: 10_000 });
  deepStrictEqual(
    evidence[0]!.nodes.map(({ name, answeredOn }) => [name, answeredOn]),
    [["there", ["0x600"]], ["not", []]],
  );
});

/** What asking a node shows whose every answer is these frames. */
function examineAnswers(answers: readonly CanFrame[]): BusEvidence {
  const clock = new VirtualClock();
  const bitRates = { bitrateBps: 5e5, dataBitrateBps: 2e6 };
  const bus = new VirtualBus({ name: "b", bitRates, clock, seed: 1 });
  const port = bus.attach("node");
  port.listen(REQUEST, () => answers.forEach((answer) => port.transmit(answer, () => {})));
  let evidence: BusEvidence | undefined;
  examine({
    place: "b",
    port: bus.attach("doctor"),
    clock,
    nodes: [{ name: "door", tx: REQUEST, rx: RESPONSE }],
    listenMs: 10,
  }).subscribe((each) => evidence = each);
  clock.run({ untilMs: 10_000 });
  return evidence!;
}

Deno.test("examine() finds two nodes that answer one request, again and again", () => {
  const answer = frame(RESPONSE, 0x02, 0x7E, 0x00);
  const [once] = examineAnswers([answer]).nodes;
  deepStrictEqual([once!.answeredOn, once!.answeredTwiceOn], [["0x600"], []]);
  const [twice] = examineAnswers([answer, answer]).nodes;
  deepStrictEqual([twice!.answeredOn, twice!.answeredTwiceOn], [["0x600"], ["0x600"]]);
});

Deno.test("examine() tells what came while a node was asked", () => {
  const fd = { ...RESPONSE, fd: true, bitRateSwitch: true };
  const other = frame({ id: 0x123, extended: false }, 1);
  const [classic] = examineAnswers([other, {
    ...fd,
    data: Uint8Array.of(0x02, 0x7E, ...new Uint8Array(10)),
  }]).nodes;
  deepStrictEqual(classic!.meanwhile, {
    others: ["0x123"],
    odd: { kind: "classicLength", sample: "02 7E 00 00 00 00 00 00", count: 1 },
  });
  const [odd] = examineAnswers([frame(RESPONSE, 0x55, 0xAA), frame(RESPONSE, 0x55, 0xAB)]).nodes;
  deepStrictEqual(odd!.meanwhile!.odd, { kind: "noIsoTp", sample: "55 AA", count: 2 });
});

/** An examination of an interface, and how it ended. */
async function examineInterface(): Promise<
  { kernel: ScriptedKernel; clock: VirtualClock; ends: (BusEvidence | Error)[] }
> {
  const kernel = new ScriptedKernel();
  const clock = new VirtualClock();
  const bus = await openSocketcanBus({ name: "can0", clock, kernel });
  const ends: (BusEvidence | Error)[] = [];
  examine({
    place: "socketcan:can0",
    port: bus.attach(),
    wire: () => bus.evidence,
    clock,
    nodes: [],
    listenMs: 10,
  }).subscribe({ next: (each) => ends.push(each), error: (error: Error) => ends.push(error) });
  await pass(clock, 50);
  return { kernel, clock, ends };
}

Deno.test("examine() says that a controller goes bus-off again and again", async () => {
  const { kernel, clock, ends } = await examineInterface();
  await passBusOff(kernel, clock, 8);
  const [error] = ends as Error[];
  match(error!.message, /socketcan:can0: its controller went bus-off [78] times within 1500 ms/);
});

Deno.test("examine() asks again after one bus-off, and tells of it", async () => {
  const { kernel, clock, ends } = await examineInterface();
  await passBusOff(kernel, clock, 1);
  deepStrictEqual(kernel.sent, [0x7DF, 0x7DF]);
  kernel.hear(0x7DF, [0x02, 0x3E, 0x00, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC]);
  await pass(clock, 300);
  deepStrictEqual((ends as BusEvidence[]).map(({ wire }) => wire!.busOffs), [1]);
});

function frame(id: typeof RESPONSE, ...bytes: readonly number[]): CanFrame {
  return { ...id, fd: false, bitRateSwitch: false, data: Uint8Array.from(bytes) };
}

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { concat, map, type Observable, timer } from "rxjs";
import { bytesToHex, concatBytes, hexToBytes, Prng, VirtualClock } from "../../../src/core/mod.ts";
import {
  createIsoTpLink,
  type IsoTpLink,
  oppositeAddressing,
  TransmitScheduler,
} from "../../../src/isotp/mod.ts";
import { VirtualBus, type WireRecord } from "../../../src/sim/mod.ts";
import {
  createUdsClient,
  createXorKeySource,
  decodeRequestDownloadResponse,
  decodeTransferDataRequest,
  dispatch,
  encodeRequestDownloadResponse,
  encodeTransferDataResponse,
  type HandlerResult,
  keepBusAlive,
  requestFunctionally,
  type ServerService,
  transferData,
  unlockSecurity,
} from "../../../src/uds/mod.ts";
import { codeOf, record } from "./recording.ts";

const PHYSICAL = {
  mode: "normal",
  tx: { id: 0x7E0, extended: false },
  rx: { id: 0x7E8, extended: false },
} as const;
const OTHER = {
  mode: "normal",
  tx: { id: 0x7E1, extended: false },
  rx: { id: 0x7E9, extended: false },
} as const;
const FUNCTIONAL = {
  mode: "normal",
  tx: { id: 0x7DF, extended: false },
  rx: { id: 0x7FF, extended: false },
} as const;
const FORMAT = { fd: false, bitRateSwitch: false, txDlBytes: 8, padding: 0xCC } as const;

/** A tester and a bus at 500 kbit/s; nodes are added by their answers. */
class Bench {
  readonly clock = new VirtualClock();
  readonly frames: WireRecord[] = [];
  readonly #bus = new VirtualBus({
    name: "bench",
    bitRates: { bitrateBps: 500_000 },
    clock: this.clock,
    seed: 1,
  });
  readonly #port = this.#bus.attach("tester");
  readonly #scheduler = new TransmitScheduler(this.#port, this.clock);

  constructor() {
    this.#bus.onWire = (wire) => void this.frames.push(wire);
  }

  link(addressing: typeof PHYSICAL | typeof OTHER | typeof FUNCTIONAL): IsoTpLink {
    const role = addressing === FUNCTIONAL ? "functional" : "unicast";
    const { clock } = this;
    return createIsoTpLink({
      port: this.#port,
      scheduler: this.#scheduler,
      clock,
      addressing,
      format: FORMAT,
      role,
    });
  }

  /** A node that answers on its own identifier what comes on it and on everybody's. */
  addNode(
    addressing: typeof PHYSICAL | typeof OTHER,
    services: ReadonlyMap<number, ServerService>,
  ): void {
    const port = this.#bus.attach("node");
    const { clock } = this;
    const scheduler = new TransmitScheduler(port, clock);
    const shared = { port, scheduler, clock, format: FORMAT } as const;
    const own = createIsoTpLink({ ...shared, addressing: oppositeAddressing(addressing) });
    const everybody = createIsoTpLink({ ...shared, addressing: oppositeAddressing(FUNCTIONAL) });
    const hear = (link: IsoTpLink, way: "physical" | "functional"): void => {
      link.indications$.subscribe((indication) => {
        if (indication.type !== "message") return;
        const context = { addressing: way, session: 2, securityLevel: 1 };
        const reply = dispatch(services, indication.data, context);
        if (reply.type === "later") return;
        for (const { afterMs, response } of reply.responses) {
          clock.schedule(() => void own.send(response).subscribe(), afterMs);
        }
      });
    };
    hear(own, "physical");
    hear(everybody, "functional");
  }
}

function serviceOf(sid: number, handle: ServerService["handle"]): readonly [number, ServerService] {
  return [sid, { sid, handle }];
}

function positive(hex: string): HandlerResult {
  return { type: "positive", response: hexToBytes(hex) };
}

Deno.test("client, links, bus and server: a flash conversation, byte for byte", () => {
  const bench = new Bench();
  const written: Uint8Array[] = [];
  bench.addNode(
    PHYSICAL,
    new Map([
      serviceOf(0x10, () => positive("50 02 00 19 01 F4")),
      serviceOf(0x27, (request) => positive(request[1] === 1 ? "67 01 12 34 56 78" : "67 02")),
      serviceOf(0x31, () => ({
        type: "timed",
        responsePendingAtMs: [20, 4000],
        afterMs: 8000,
        result: { type: "positive", response: hexToBytes("71 01 FF 00 00") },
      })),
      serviceOf(0x34, () => ({
        type: "positive",
        response: encodeRequestDownloadResponse({
          maxNumberOfBlockLength: 258,
          maxNumberOfBlockLengthSizeBytes: 2,
        }),
      })),
      serviceOf(0x36, (request) => {
        const block = decodeTransferDataRequest(request);
        written.push(block.transferRequestParameterRecord);
        return {
          type: "positive",
          response: encodeTransferDataResponse({
            blockSequenceCounter: block.blockSequenceCounter,
            transferResponseParameterRecord: new Uint8Array(0),
          }),
        };
      }),
      serviceOf(0x37, () => positive("77")),
    ]),
  );
  const { clock } = bench;
  const client = createUdsClient({ link: bench.link(PHYSICAL), clock });
  const data = new Prng(5).bytes(5000);
  const keySource = createXorKeySource(hexToBytes("FF"));
  const shown: string[] = [];
  const show = (response: Uint8Array): void => void shown.push(bytesToHex(response));
  const ask = (request: string): Observable<void> =>
    client.request(hexToBytes(request)).pipe(map(show));

  const conversation$ = concat(
    ask("10 02"),
    unlockSecurity(client, { level: 1, keySource, clock }),
    ask("31 01 FF 00 44 08 00 80 00 00 00 13 88"),
    client.request(hexToBytes("34 00 44 08 00 80 00 00 00 13 88")).pipe(
      map((response) => {
        show(response);
        strictEqual(decodeRequestDownloadResponse(response).maxNumberOfBlockLength, 258);
      }),
    ),
    transferData(client, {
      data,
      maxNumberOfBlockLength: 258,
      capBytes: 4095,
      multipleBytes: 8,
    }),
    ask("37"),
  );
  const recording = record(conversation$, clock);
  clock.run();
  strictEqual(recording.error, undefined);
  ok(recording.isComplete);
  deepStrictEqual(concatBytes(written), data);
  deepStrictEqual(shown, ["50 02 00 19 01 F4", "71 01 FF 00 00", "74 20 01 02", "77"]);
  deepStrictEqual(client.times, { p2Ms: 75, p2StarMs: 5050 });
});

Deno.test("client over links and bus: P2 runs from the last frame's confirmation", () => {
  const bench = new Bench();
  const { clock } = bench;
  const client = createUdsClient({ link: bench.link(PHYSICAL), clock, timing: { p2Ms: 50 } });
  bench.addNode(OTHER, new Map());
  const recording = record(client.exchange(hexToBytes("22 F1 90")), clock);
  clock.run();
  const sentAtMs = recording.values[0]!.atMs;
  ok(sentAtMs > 0.2 && sentAtMs < 0.3, `one frame of 500 kbit/s: ${sentAtMs}`);
  strictEqual(codeOf(recording.error), "UDS_TIMEOUT");
  ok(Math.abs(recording.endedAtMs! - sentAtMs - 50) < 1e-9);
});

Deno.test("requestFunctionally() over links and bus: long answers of several nodes", () => {
  const bench = new Bench();
  const { clock } = bench;
  const answer = (letter: string): ReadonlyMap<number, ServerService> =>
    new Map([serviceOf(0x22, () => positive(`62 F1 90 ${`${letter} `.repeat(17)}`))]);
  bench.addNode(PHYSICAL, answer("41"));
  bench.addNode(OTHER, answer("42"));
  const recording = record(
    requestFunctionally(hexToBytes("22 F1 90"), {
      functionalLink: bench.link(FUNCTIONAL),
      responders: [bench.link(PHYSICAL), bench.link(OTHER)],
      clock,
      times: { p2Ms: 50, p2StarMs: 5000 },
      responsePendingCountMax: 5,
      totalMsMax: 10_000,
    }),
    clock,
  );
  clock.run();
  const answers = recording.values.flatMap(({ value }) =>
    value.type === "response" ? [bytesToHex(value.data.slice(0, 4))] : []
  );
  deepStrictEqual(answers, ["62 F1 90 41", "62 F1 90 42"]);
  ok(recording.isComplete);
});

Deno.test("keepBusAlive() over links and bus stands on the functional identifier only", () => {
  const bench = new Bench();
  const { clock, frames } = bench;
  bench.addNode(PHYSICAL, new Map([serviceOf(0x36, () => positive("76 01"))]));
  const client = createUdsClient({ link: bench.link(PHYSICAL), clock });
  const keepAlive = record(
    keepBusAlive({ functionalLink: bench.link(FUNCTIONAL), clock, s3Ms: 20 }),
    clock,
  );
  const block = record(
    client.exchange(concatBytes([hexToBytes("36 01"), new Uint8Array(4000)])),
    clock,
  );
  timer(150, clock).subscribe(() => keepAlive.subscription.unsubscribe());
  clock.run();
  ok(block.isComplete);
  const testerPresents = frames.filter(({ frame }) =>
    frame.data[1] === 0x3E && frame.data[0] === 2
  );
  ok(testerPresents.length >= 14, `${testerPresents.length}`);
  deepStrictEqual([...new Set(testerPresents.map(({ frame }) => frame.id))], [0x7DF]);
});

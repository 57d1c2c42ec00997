import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { fdLengthFor } from "../../src/can/mod.ts";
import { VirtualClock } from "../../src/core/mod.ts";
import {
  createIsoTpLink,
  decodePdu,
  decodeStMinMs,
  encodeStMin,
  type FrameFormat,
  type IsoTpAddressing,
  IsoTpError,
  type IsoTpIndication,
  oppositeAddressing,
  resolveAddressing,
  TransmitScheduler,
} from "../../src/isotp/mod.ts";
import { VirtualBus } from "../../src/sim/mod.ts";

const byte = fc.integer({ min: 0, max: 0xFF });
const id11 = fc.record({ id: fc.integer({ min: 0, max: 0x7FF }), extended: fc.constant(false) });
const id29 = fc.record({
  id: fc.integer({ min: 0, max: 0x1FFF_FFFF }),
  extended: fc.constant(true),
});
const idPair = fc.oneof(
  fc.uniqueArray(id11, { minLength: 2, maxLength: 2, selector: ({ id }) => id }),
  fc.uniqueArray(id29, { minLength: 2, maxLength: 2, selector: ({ id }) => id }),
);
const bytePair = fc.uniqueArray(byte, { minLength: 2, maxLength: 2 });

const addressing: fc.Arbitrary<IsoTpAddressing> = fc.oneof(
  idPair.map(([tx, rx]) => ({ mode: "normal" as const, tx: tx!, rx: rx! })),
  bytePair.map(([source, target]) => ({
    mode: "normalFixed" as const,
    source: source!,
    target: target!,
  })),
  fc.tuple(idPair, byte, byte).map(([[tx, rx], source, target]) => ({
    mode: "extended" as const,
    tx: tx!,
    rx: rx!,
    source,
    target,
  })),
  fc.tuple(
    fc.uniqueArray(id11, { minLength: 2, maxLength: 2, selector: ({ id }) => id }),
    byte,
  ).map(([[tx, rx], addressExtension]) => ({
    mode: "mixed11" as const,
    tx: tx!,
    rx: rx!,
    addressExtension,
  })),
  fc.tuple(bytePair, byte).map(([[source, target], addressExtension]) => ({
    mode: "mixed29" as const,
    source: source!,
    target: target!,
    addressExtension,
  })),
);

const padding = fc.option(byte, { nil: undefined });
const format: fc.Arbitrary<FrameFormat> = fc.tuple(
  fc.constantFrom(0, 8, 12, 16, 20, 24, 32, 48, 64),
  fc.boolean(),
  padding,
).map(([txDlBytes, isFast, padding]) => ({
  fd: txDlBytes > 0,
  bitRateSwitch: txDlBytes > 0 && isFast,
  txDlBytes: txDlBytes || 8,
  ...(padding === undefined ? {} : { padding }),
}));

const message = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: 4000, max: 5000 }).map(pattern) },
);

function pattern(lengthBytes: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, i) => (i * 31) >> 3);
}

function makeBus(seed: number): { readonly clock: VirtualClock; readonly bus: VirtualBus } {
  const clock = new VirtualClock();
  const bitRates = { bitrateBps: 500_000, dataBitrateBps: 2_000_000 };
  return { clock, bus: new VirtualBus({ name: "property", clock, seed, bitRates }) };
}

Deno.test("any message arrives whole in any addressing mode, format, block size and STmin", () => {
  fc.assert(
    fc.property(
      addressing,
      format,
      format,
      message,
      byte,
      fc.constantFrom(0, 1, 0x0A, 0xF1, 0xF9),
      (
        addressing,
        format,
        farFormat,
        message,
        blockSize,
        stMin,
      ) => {
        const { clock, bus } = makeBus(1);
        const [near, far] = [bus.attach("near"), bus.attach("far")];
        const common = { clock, messageBytesMax: 5000 };
        const sender = createIsoTpLink({
          ...common,
          port: near,
          scheduler: new TransmitScheduler(near, clock),
          addressing,
          format,
        });
        const receiver = createIsoTpLink({
          ...common,
          port: far,
          scheduler: new TransmitScheduler(far, clock),
          addressing: oppositeAddressing(addressing),
          // Each end sends frames of its own length.
          format: farFormat,
          blockSize,
          stMin,
        });
        const received: Uint8Array[] = [];
        let firstFrames = 0;
        receiver.indications$.subscribe((indication) => {
          if (indication.type === "message") received.push(indication.data);
          else if (indication.type === "firstFrame") firstFrames++;
          else throw indication.error;
        });
        let isSent = false;
        bus.onWire = ({ frame }) => {
          strictEqual(
            frame.data.length,
            frame.fd ? fdLengthFor(frame.data.length) : frame.data.length,
          );
          strictEqual(frame.data.length <= (frame.fd ? 64 : 8), true);
        };
        sender.send(message).subscribe({
          error: (error) => {
            throw error;
          },
          complete: () => (isSent = true),
        });
        clock.run();
        strictEqual(isSent, true);
        deepStrictEqual(received, [message]);
        const offset = resolveAddressing(addressing).txPrefix === undefined ? 0 : 1;
        const single = format.txDlBytes > 8 ? format.txDlBytes - 2 - offset : 7 - offset;
        strictEqual(firstFrames, message.length > single ? 1 : 0);
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("decodePdu() gives a PDU within bounds or a reason for any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(0, 1), (payload, offset) => {
      const pdu = decodePdu(payload, offset as 0 | 1);
      if (pdu.kind === "ignored") ok(pdu.reason.length > 0);
      else if (pdu.kind === "singleFrame") ok(pdu.data.length >= 1 && pdu.data.length <= 62);
      else if (pdu.kind === "firstFrame") ok(pdu.lengthBytes > pdu.data.length);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("links never throw or hang on garbage, and still work afterwards", () => {
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    // Mostly PDUs of some kind, so that the machines get deep into it.
    fc.tuple(
      fc.constantFrom(0x02, 0x10, 0x21, 0x22, 0x30, 0x31, 0x32),
      fc.uint8Array({ minLength: 7, maxLength: 7 }),
    )
      .map(([pci, rest]) => Uint8Array.of(pci, ...rest)),
  );
  fc.assert(
    fc.property(fc.array(garbage, { maxLength: 60 }), fc.integer(), (frames, seed) => {
      const { clock, bus } = makeBus(seed);
      const [near, far] = [bus.attach("near"), bus.attach("far")];
      const addressing = {
        mode: "normal",
        tx: { id: 0x600, extended: false },
        rx: { id: 0x580, extended: false },
      } as const;
      const format: FrameFormat = { fd: false, bitRateSwitch: false, txDlBytes: 8 };
      const link = createIsoTpLink({
        port: near,
        scheduler: new TransmitScheduler(near, clock),
        clock,
        addressing,
        format,
      });
      const told: IsoTpIndication[] = [];
      link.indications$.subscribe((indication) => told.push(indication));
      const ends: string[] = [];
      const send = (label: string) =>
        link.send(pattern(50)).subscribe({
          error: (error) => {
            ok(error instanceof IsoTpError);
            ends.push(label);
          },
          complete: () => ends.push(label),
        });
      send("first");
      for (const data of frames) {
        far.transmit(
          { id: 0x580, extended: false, fd: false, bitRateSwitch: false, data },
          () => {},
        );
      }
      ok(clock.run({ actionsMax: 5000 }) < 5000, "the clock never comes to rest");
      deepStrictEqual(ends, ["first"]);
      // What is left over of the garbage ends by N_Cr; then a message comes through.
      far.transmit({
        id: 0x580,
        extended: false,
        fd: false,
        bitRateSwitch: false,
        data: Uint8Array.of(1, 0x55),
      }, () => {});
      clock.run();
      deepStrictEqual(told.at(-1)!.type, "message");
    }),
    { numRuns: 300 },
  );
});

Deno.test("interleaved messages to many links arrive, or fail by name when frames are lost", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 0, max: 12 })), {
        minLength: 2,
        maxLength: 12,
      }),
      fc.constantFrom(0, 0, 0.02),
      fc.integer({ min: 0, max: 1000 }),
      (nodes, lossRatio, seed) => {
        const { clock, bus } = makeBus(seed);
        const tester = bus.attach("tester");
        const scheduler = new TransmitScheduler(tester, clock);
        const format: FrameFormat = { fd: false, bitRateSwitch: false, txDlBytes: 8 };
        const outcomes = nodes.map(([lengthBytes, blockSize], i) => {
          const addressing = {
            mode: "normal",
            tx: { id: 0x600 + i, extended: false },
            rx: { id: 0x580 + i, extended: false },
          } as const;
          const port = bus.attach(`node ${i}`, { lossRatio });
          const outcome: { message: Uint8Array; received: Uint8Array[]; end: string } = {
            message: pattern(lengthBytes),
            received: [],
            end: "",
          };
          createIsoTpLink({
            port,
            scheduler: new TransmitScheduler(port, clock),
            clock,
            format,
            addressing: oppositeAddressing(addressing),
            blockSize,
          }).indications$.subscribe((indication) => {
            if (indication.type === "message") outcome.received.push(indication.data);
          });
          createIsoTpLink({ port: tester, scheduler, clock, format, addressing })
            .send(outcome.message).subscribe({
              error: (error) => (outcome.end = error.nResult),
              complete: () => (outcome.end = "N_OK"),
            });
          return outcome;
        });
        clock.run();
        for (const { message, received, end } of outcomes) {
          if (lossRatio === 0) {
            strictEqual(end, "N_OK");
            deepStrictEqual(received, [message]);
          } else {
            ok(["N_OK", "N_TIMEOUT_Bs"].includes(end), end);
            for (const data of received) deepStrictEqual(data, message);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("encodeStMin() and decodeStMinMs() agree: never shorter, exact where it can be", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 127, noNaN: true }), (gapMs) => {
      const decodedMs = decodeStMinMs(encodeStMin(gapMs));
      ok(decodedMs >= gapMs - 1e-9 && decodedMs < gapMs + 1);
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0x7F }), (stMin) => {
      strictEqual(encodeStMin(decodeStMinMs(stMin)), stMin);
    }),
  );
});

import { ok, strictEqual } from "node:assert/strict";
import { fdLengthFor } from "../../../src/can/mod.ts";
import { hexToBytes, VirtualClock } from "../../../src/core/mod.ts";
import {
  CLASSIC_FORMAT,
  createIsoTpLink,
  FD_FORMAT,
  IsoTpError,
  TransmitScheduler,
} from "../../../src/isotp/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";
import type { FuzzDecoder } from "../decoder.ts";
import { decodeScript, encodeScript } from "../script.ts";

const RX = { id: 0x7E8, extended: false };
const MESSAGE_BYTES_MAX = 4095;
/** What passes before a frame, in ms, by the low bits of its kind. */
const PAUSES_MS = [0, 0, 3, 1100];
/** The highest bit of the first frame's kind: the link sends while it receives. */
const SENDS = 0x80;
const PATIENCE_MS = 200_000;
const ACTIONS_MAX = 200_000;

function frames(kind: number, ...texts: readonly string[]): Uint8Array {
  return encodeScript(texts.map((text, i) => ({
    kind: i === 0 ? kind : 0,
    data: hexToBytes(text),
  })));
}

/**
 * A tester's end of a link, given any frames: it delivers nothing that is longer than it may be,
 * ends what it sends, forgets what broke off, and takes the next good message.
 */
export const ISO_TP: FuzzDecoder = {
  seeds: [
    frames(0, "02 7E 00", "10 0A 62 F1 90 01 02 03", "21 04 05 06 07", "06 50 02 00 32 01 F4"),
    frames(
      0,
      "00 14" + " 62".repeat(20),
      "10 00 00 00 00 40" + " 11".repeat(58),
      "21" + " 22".repeat(8),
    ),
    frames(SENDS, "30 00 00", "31 00 00", "30 03 05", "03 7F 36 78", "30 00 F1", "02 76 01"),
  ],
  words: ["30 00 00", "31 00 00", "32 00 00", "10 00 FF FF FF FF", "1F FF", "00 40", "20", "2F"]
    .map(hexToBytes),
  inputBytesMax: 1500,
  attempt: (bytes) => {
    const clock = new VirtualClock();
    const bitRates = { bitrateBps: 1_000_000, dataBitrateBps: 4_000_000 };
    const bus = new VirtualBus({ name: "fuzz", bitRates, clock, seed: 1 });
    const port = bus.attach("tester");
    const node = bus.attach("node");
    const link = createIsoTpLink({
      port,
      clock,
      scheduler: new TransmitScheduler(port, clock),
      format: (bytes[0] ?? 0) & 1 ? FD_FORMAT : CLASSIC_FORMAT,
      addressing: { mode: "normal", tx: { id: 0x7E0, extended: false }, rx: RX },
      messageBytesMax: MESSAGE_BYTES_MAX,
    });
    const heard: Uint8Array[] = [];
    link.indications$.subscribe((indication) => {
      if (indication.type === "message") heard.push(indication.data);
    });
    let isSending = ((bytes[0] ?? 0) & SENDS) !== 0;
    const ended = (): void => void (isSending = false);
    if (isSending) {
      link.send(new Uint8Array(300)).subscribe({
        complete: ended,
        error: (error) => {
          if (!(error instanceof IsoTpError)) throw error;
          ended();
        },
      });
    }
    const say = (said: Uint8Array): void => {
      const lengthBytes = Math.min(64, said.length);
      const data = new Uint8Array(fdLengthFor(lengthBytes)).fill(0xCC);
      data.set(said.subarray(0, lengthBytes));
      node.transmit({ ...RX, fd: data.length > 8, bitRateSwitch: false, data }, () => {});
    };
    const wait = (ms: number): void => {
      const ran = clock.run({ untilMs: clock.now() + ms, actionsMax: ACTIONS_MAX });
      ok(ran < ACTIONS_MAX, "it goes on and on");
    };
    for (const { kind, data } of decodeScript(bytes)) {
      wait(PAUSES_MS[kind & 3]! + 1);
      say(data);
    }
    wait(PATIENCE_MS);
    ok(!isSending, "what was sent never ended");
    ok(heard.every(({ length }) => length > 0 && length <= MESSAGE_BYTES_MAX));
    const before = heard.length;
    say(hexToBytes("02 7E 00"));
    wait(10);
    strictEqual(heard.length, before + 1, "the link is dead");
    link.close();
    return before > 0;
  },
};

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { crc16X25 } from "../../../src/codec/mod.ts";
import { bytesToHex, concatBytes, hexToBytes, uintToBytesBe } from "../../../src/core/mod.ts";
import type { FlashFaults, NodeBehaviour } from "../../../src/sim/mod.ts";
import { createXorKeySource } from "../../../src/uds/mod.ts";
import { BUILT_IN_PROFILES } from "../../../src/update/mod.ts";
import { APPLICATION, applicationBytes, KEY_MASK, Lab, word } from "./node_support.ts";

const OLD = applicationBytes(2000, { version: "1.4.2", seed: 7 });
const NEW = applicationBytes(600);
/** The opposite of what NEW has there. */
const NEW_BIT = ((NEW[300]! >> 2 & 1) ^ 1) as 0 | 1;
const ERASE = "31 01 FF 00 81 F0 5A";
const BEGIN = "34 81 11 00 00";

/** A node with PSA's sequence in its bootloader, unlocked. */
function unlocked(behaviour: NodeBehaviour = {}, flashFaults: FlashFaults = {}): Lab {
  const lab = new Lab({
    flashFaults,
    dialect: BUILT_IN_PROFILES.get("psa-like")!,
    behaviour: { maxNumberOfBlockLength: 0, maxNumberOfBlockLengthSizeBytes: 1, ...behaviour },
    application: [{ start: APPLICATION, data: OLD }],
    security: [{ level: 1, keySource: createXorKeySource(KEY_MASK) }],
  }).start();
  strictEqual(lab.unlock(), "67 02");
  return lab;
}

function erased(behaviour: NodeBehaviour = {}): Lab {
  const lab = unlocked(behaviour);
  erase(lab);
  strictEqual(lab.answer(BEGIN), "74 10 00");
  return lab;
}

/** Asks for the erase until it is through. */
function erase(lab: Lab): void {
  let status = "71 01 FF 00 01";
  for (let i = 0; i < 100 && status === "71 01 FF 00 01"; i++) status = lab.wait(100).answer(ERASE);
  strictEqual(status, "71 01 FF 00 02");
}

/** `36 nn`, the address, the data, its length, and the CRC of all of it. */
function block(counter: number, address: number, data: Uint8Array): Uint8Array {
  const head = concatBytes([
    hexToBytes(`36 ${bytesToHex(Uint8Array.of(counter))} ${word(address)}`),
    data,
    Uint8Array.of(data.length),
  ]);
  return concatBytes([head, uintToBytesBe(crc16X25(head), 2)]);
}

function sendAll(lab: Lab): void {
  for (let offset = 0, counter = 1; offset < NEW.length; offset += 248, counter++) {
    const data = NEW.subarray(offset, offset + 248);
    const answer = lab.answer(block(counter, APPLICATION + offset, data));
    strictEqual(answer, `76 0${counter} 02`);
  }
}

Deno.test("psa-like: an erase is asked for again until it answers 02, and the next one begins anew", () => {
  const lab = unlocked();
  strictEqual(lab.answer(ERASE), "71 01 FF 00 01");
  strictEqual(lab.answer(ERASE), "71 01 FF 00 01");
  erase(lab);
  strictEqual(lab.answer(ERASE), "71 01 FF 00 01");
});

Deno.test("psa-like: blocks say where they belong, and the node checks itself before 77", () => {
  const lab = erased({ responseDelayMs: 30 });
  sendAll(lab);
  deepStrictEqual(lab.ask("37").map(({ hex }) => hex), ["7F 37 78", "77"]);
  deepStrictEqual(lab.held(NEW), NEW);
  strictEqual(lab.answer("31 01 FF 04"), "71 01 FF 04 01");
  strictEqual(lab.wait(500).answer("31 03 FF 04"), "71 03 FF 04 02");
  strictEqual(lab.answer("11 01"), "51 01");
  lab.wait(100);
  strictEqual(lab.node.mode, "application");
});

Deno.test("psa-like: a block with one flipped bit is not taken, and its counter stays due", () => {
  const lab = erased();
  const good = block(1, APPLICATION, NEW.subarray(0, 248));
  const bad = good.slice();
  bad[100]! ^= 0x10;
  strictEqual(lab.answer(bad), "76 01 01");
  ok(lab.node.flash.isErased({ start: APPLICATION, end: APPLICATION + 248 }));
  strictEqual(lab.answer(good), "76 01 02");
});

Deno.test("psa-like: a block that leaves a gap, or the application, is out of range", () => {
  const lab = erased();
  const data = NEW.subarray(0, 248);
  strictEqual(lab.answer(block(1, 0x0800_0000, data)), "7F 36 31");
  strictEqual(lab.answer(block(1, 0x2000_0000, data)), "7F 36 31");
  strictEqual(lab.answer(block(1, APPLICATION, data)), "76 01 02");
  strictEqual(lab.answer(block(2, APPLICATION + 256, data)), "7F 36 31");
  strictEqual(lab.answer(block(2, APPLICATION + 248, data)), "76 02 02");
});

Deno.test("psa-like: a size that a driver does not know still fills its last program unit", () => {
  const lab = erased();
  strictEqual(lab.answer(block(1, APPLICATION, NEW.subarray(0, 9))), "76 01 02");
  strictEqual(lab.answer("37"), "77");
  deepStrictEqual(lab.node.flash.read(APPLICATION, 9), NEW.slice(0, 9));
});

Deno.test("psa-like: a bit that flash does not keep is noticed by the node itself: nobody else asks", () => {
  const lab = unlocked({}, { stuckBits: [{ address: APPLICATION + 300, bit: 2, value: NEW_BIT }] });
  erase(lab);
  strictEqual(lab.answer(BEGIN), "74 10 00");
  strictEqual(lab.answer(block(1, APPLICATION, NEW.subarray(0, 248))), "76 01 02");
  const second = block(2, APPLICATION + 248, NEW.subarray(248, 496));
  strictEqual(lab.answer(second), "7F 36 72", "generalProgrammingFailure");
});

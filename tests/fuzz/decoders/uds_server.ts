import { ok, strictEqual } from "node:assert/strict";
import { concatBytes } from "../../../src/core/mod.ts";
import { protectedRegions } from "../../../src/stm32/mod.ts";
import { BUILT_IN_PROFILES } from "../../../src/update/mod.ts";
import { APPLICATION, applicationBytes, Lab, LAYOUT } from "../../unit/sim/node_support.ts";
import type { FuzzDecoder } from "../decoder.ts";
import { recordUpdate } from "../record.ts";
import { decodeScript, encodeScript } from "../script.ts";

const OLD = applicationBytes(512);
const PROFILES = [...BUILT_IN_PROFILES.values()];
/** Bits of an item's kind: a functional request; how long passes before it. */
const FUNCTIONAL = 0x01;
const PAUSES_MS = [20, 0, 300, 6000];
/** A request that is longer is cut: what counts is at its beginning. */
const REQUEST_BYTES_MAX = 200;
const REQUESTS_MAX = 60;
const PATIENCE_MS = 20_000;
const ACTIONS_MAX = 300_000;

function recorded(profile: string, index: number): Uint8Array {
  const items = recordUpdate(profile).map(({ request }) => ({ kind: 0, data: request.data }));
  return concatBytes([Uint8Array.of(index), encodeScript(items)]);
}

/** What protected units hold: the same objects as long as nothing touches them. */
function protectedCells({ node: { flash } }: Lab): readonly unknown[] {
  const { cells } = flash.snapshot();
  return protectedRegions(LAYOUT).flatMap((region) =>
    flash.unitsTouching(region).map(({ index }) => cells[index])
  );
}

/**
 * A virtual node's bootloader and application, asked anything: they live on, answer the next good
 * request, and leave bootloader and configuration alone.
 */
export const UDS_SERVER: FuzzDecoder = {
  seeds: [...BUILT_IN_PROFILES.keys()].map(recorded),
  words: [
    [0x10, 0x02],
    [0x27, 0x01],
    [0x31, 0x01, 0xFF, 0x00, 0x44, 0x08, 0x00, 0x80, 0x00, 0x00, 0x00, 0x40, 0x00],
    [0x31, 0x01, 0xFF, 0x00, 0x44, 0x08, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00],
    [0x34, 0x00, 0x44, 0x08, 0x00, 0x80, 0x00, 0x00, 0x00, 0x01, 0x00],
    [0x34, 0x00, 0x44, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    [0x36, 0x01],
    [0x37],
    [0x11, 0x01],
    [0x29, 0x01],
    [0x3D, 0x44],
    [0x00, 0x00, 0x02],
  ].map((bytes) => Uint8Array.from(bytes)),
  inputBytesMax: 3000,
  attempt: (bytes) => {
    const lab = new Lab({
      dialect: PROFILES[(bytes[0] ?? 0) % PROFILES.length]!,
      application: [{ start: APPLICATION, data: OLD }],
      // Every other one may be erased without a key.
      ...((bytes[0] ?? 0) & 0x80 ? {} : { security: [] }),
    }).start();
    const before = protectedCells(lab);
    let asked = 0;
    for (const { kind, data } of decodeScript(bytes.subarray(1))) {
      if (data.length === 0 || ++asked > REQUESTS_MAX) continue;
      lab.wait(PAUSES_MS[kind >> 1 & 3]!);
      const isFunctional = (kind & FUNCTIONAL) !== 0 && data.length < 8;
      lab.send(data.subarray(0, REQUEST_BYTES_MAX), isFunctional ? "functional" : "physical");
    }
    const ran = lab.clock.run({ untilMs: lab.clock.now() + PATIENCE_MS, actionsMax: ACTIONS_MAX });
    ok(ran < ACTIONS_MAX, "it goes on and on");
    ok(protectedCells(lab).every((cell, i) => cell === before[i]), "protected flash changed");
    ok(["application", "bootloader"].includes(lab.node.mode));
    strictEqual(lab.answer("3E 00"), "7E 00");
    return lab.heard.some(({ hex }) => !hex.startsWith("7F") && !hex.startsWith("7E"));
  },
};

import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { BUILT_IN_PROFILES } from "../../src/update/profiles/mod.ts";
import { protectedRegions } from "../../src/stm32/mod.ts";
import { APPLICATION, applicationBytes, Lab, LAYOUT, word } from "../unit/sim/node_support.ts";

const IMAGE = applicationBytes(1024);
const PROFILES = [...BUILT_IN_PROFILES.values()];

/** Any bytes, and bytes that begin like a request, so that they get past the first check. */
const request = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 64 }),
  fc.tuple(
    fc.constantFrom(
      0x10,
      0x11,
      0x14,
      0x19,
      0x22,
      0x27,
      0x28,
      0x2E,
      0x31,
      0x34,
      0x36,
      0x37,
      0x3E,
      0x85,
    ),
    fc.uint8Array({ maxLength: 16 }),
  ).map(([sid, rest]) => Uint8Array.of(sid, ...rest)),
  fc.constantFrom("10 02", "10 03", "10 01", "27 01", "11 01", "37", "31 01 FF 01", "31 01 FF 00")
    .map((text) => Uint8Array.from(text.split(" "), (byte) => parseInt(byte, 16))),
  // Ranges around every border of the layout.
  fc.tuple(
    fc.constantFrom("31 01 FF 00 44", "34 00 44"),
    fc.constantFrom(0x0800_0000, 0x0800_7FFF, APPLICATION, 0x0801_FFFF, 0x0802_0000, 0xFFFF_FFFF),
    fc.constantFrom(0, 1, 4, 0x1_0000, 0x10_0000, 0xFFFF_FFFF),
  ).map(([head, start, size]) =>
    Uint8Array.from(`${head} ${word(start)} ${word(size)}`.split(" "), (b) => parseInt(b, 16))
  ),
);

function protectedBytes(lab: Lab): readonly (Uint8Array | undefined)[] {
  return protectedRegions(LAYOUT).map(({ start, end }) => lab.node.flash.read(start, end - start));
}

Deno.test("no request crashes a node, changes protected flash or makes it deaf", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PROFILES),
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.record({ bytes: request, isFunctional: fc.boolean() }), { maxLength: 40 }),
      (dialect, isGuarded, isUnlocked, requests) => {
        const lab = new Lab({
          dialect,
          application: [{ start: APPLICATION, data: IMAGE }],
          ...(isGuarded ? {} : { security: [] }),
        }).start();
        const before = protectedBytes(lab);
        if (isUnlocked && isGuarded) lab.unlock();
        else if (isUnlocked) lab.answer("10 02");
        for (const { bytes, isFunctional } of requests) {
          lab.send(bytes, isFunctional && bytes.length < 8 ? "functional" : "physical");
          lab.wait(30);
        }
        lab.wait(20_000);
        deepStrictEqual(protectedBytes(lab), before);
        ok(["application", "bootloader"].includes(lab.node.mode));
        deepStrictEqual(lab.answer("3E 00"), "7E 00");
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("no frame on a node's identifiers crashes it", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          id: fc.constantFrom(0x7E0, 0x7DF),
          data: fc.uint8Array({ maxLength: 8 }),
          pauseMs: fc.constantFrom(0, 0, 0, 1, 1100),
        }),
        { maxLength: 60 },
      ),
      (frames) => {
        const lab = new Lab({ application: [{ start: APPLICATION, data: IMAGE }] }).start();
        const before = protectedBytes(lab);
        const raw = lab.bus.attach("raw");
        for (const { id, data, pauseMs } of frames) {
          const frame = { id, data, extended: false, fd: false, bitRateSwitch: false };
          raw.transmit(frame, () => {});
          lab.wait(pauseMs + 0.5);
        }
        lab.wait(10_000);
        deepStrictEqual(protectedBytes(lab), before);
        deepStrictEqual(lab.answer("3E 00"), "7E 00");
      },
    ),
    { numRuns: 300 },
  );
});

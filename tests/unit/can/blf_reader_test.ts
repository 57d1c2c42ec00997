import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { PassedTally, readBlf, readTrace } from "../../../src/can/mod.ts";
import {
  blfContainer,
  blfFile,
  blfObject,
  bytesOf,
  classicBody,
  fd64Body,
  fdBody,
  join,
} from "./_blf.ts";

const FIRST = blfObject(1, classicBody(0x7E0, [2, 0x10, 2]));
const SECOND = blfObject(86, join(classicBody(0x98DA10F1, [0x3E]), new Uint8Array(8)));
const LONG = Array.from({ length: 48 }, (_, i) => i);

/** What is read, and what is said of the rest. */
function briefly(bytes: Uint8Array): { readonly frames: readonly string[]; readonly said: string } {
  const passed = new PassedTally();
  const frames = readBlf(bytes, passed).map(({ atMs, interfaceName, frame }) => {
    const { id, extended, fd, bitRateSwitch, data } = frame;
    const kind = `${extended ? "x" : ""}${fd ? "f" : ""}${bitRateSwitch ? "b" : ""}`;
    return `${atMs} ${interfaceName} ${id.toString(16)}${kind} ${data.join(" ")}`.trim();
  });
  return { frames, said: `${passed}` };
}

const TWO = ["1 1 7e0 2 16 2", "1 1 18da10f1x 62"];
const OBJECTS = join(FIRST, SECOND);

const LAYOUTS: readonly (readonly [string, Uint8Array])[] = [
  ["a packed container", blfFile(blfContainer(OBJECTS, true))],
  ["a plain container", blfFile(blfContainer(OBJECTS, false))],
  ["no container", blfFile(OBJECTS)],
  ["a container and objects behind it", blfFile(blfContainer(FIRST, true), SECOND)],
  [
    "an object that goes on in the next container",
    blfFile(blfContainer(OBJECTS.slice(0, 21), true), blfContainer(OBJECTS.slice(21), false)),
  ],
  [
    "objects with fill between them",
    blfFile(blfContainer(join(FIRST, new Uint8Array(3), SECOND), true)),
  ],
];
for (const [what, bytes] of LAYOUTS) {
  Deno.test(`readBlf() reads ${what}`, () => {
    deepStrictEqual(briefly(bytes), { frames: TWO, said: "" });
  });
}

Deno.test("readBlf() reads an object wherever containers cut it", () => {
  for (let at = 1; at < OBJECTS.length; at++) {
    const parts = [OBJECTS.slice(0, at), OBJECTS.slice(at)];
    const bytes = blfFile(...parts.map((part) => blfContainer(part, true)));
    deepStrictEqual(briefly(bytes), { frames: TWO, said: "" }, `${at}`);
  }
});

Deno.test("readBlf() reads FD frames of both kinds, and times of both units", () => {
  const objects = join(
    blfObject(100, fdBody(0x7E0, LONG, 14), { ticks: 150, flags: 1 }),
    blfObject(100, fdBody(0x7E0, [1, 2], 2, 0)),
    blfObject(101, fd64Body(0x98DA10F1, LONG, 14), { ticks: 2_500_000, version: 2 }),
    blfObject(101, fd64Body(0x7E0, [1], 1, { flags: 0 })),
    blfObject(101, fd64Body(0x7E0, [1, 2, 3], 3, { flags: 0x1000 })),
  );
  deepStrictEqual(briefly(blfFile(blfContainer(objects, true))), {
    frames: [
      `1.5 2 7e0fb ${LONG.join(" ")}`,
      "1 2 7e0 1 2",
      `2.5 3 18da10f1xfb ${LONG.join(" ")}`,
      "1 3 7e0 1",
      "1 3 7e0f 1 2 3",
    ],
    said: "",
  });
});

Deno.test("readBlf() says what it passes over", () => {
  const objects = join(
    blfObject(1, classicBody(0x7E0, [1], 0x80)),
    blfObject(1, classicBody(0x7E0, [1], 0x02)),
    blfObject(1, classicBody(0x7E0, [1], 0x01)),
    blfObject(101, fd64Body(0x7E0, [1], 1, { direction: 2 })),
    blfObject(101, fd64Body(0x7E0, [], 0, { flags: 0x10 })),
    blfObject(2, bytesOf([[1, 2], [0, 2], [0, 4]])),
    blfObject(73, new Uint8Array(32)),
    blfObject(104, new Uint8Array(32)),
    blfObject(92, new Uint8Array(16)),
    blfObject(1, classicBody(0xFFF, [1])),
    blfObject(101, fd64Body(0x7E0, [1, 2], 8)),
  );
  deepStrictEqual(briefly(blfFile(blfContainer(objects, true))), {
    frames: ["1 1 7e0 1", "1 3 7e0fb 1 2"],
    said: "2 remote frames, 2 transmit requests, 3 error frames, 1 other event, 1 damaged part",
  });
});

Deno.test("readBlf() goes on behind what is damaged", () => {
  const broken = blfContainer(FIRST, true);
  broken.fill(0xAA, 40);
  deepStrictEqual(briefly(blfFile(broken, blfContainer(SECOND, true))), {
    frames: [TWO[1]],
    said: "1 damaged part",
  });
  const wrongSize = FIRST.slice();
  wrongSize[8] = 4;
  deepStrictEqual(briefly(blfFile(wrongSize, SECOND)).frames, [TWO[1]]);
  const tooLong = FIRST.slice();
  tooLong[9] = 0x40;
  deepStrictEqual(briefly(blfFile(tooLong, SECOND)), { frames: [TWO[1]], said: "1 cut record" });
});

Deno.test("readBlf() reads what is whole of a file that is torn anywhere", () => {
  const objects = Array.from({ length: 200 }, (_, i) => blfObject(1, classicBody(i, [i])));
  const whole = blfFile(
    blfContainer(join(...objects.slice(0, 100)), true),
    blfContainer(join(...objects.slice(100)), false),
  );
  let before = 0;
  for (let end = 144; end <= whole.length; end += 7) {
    const { frames } = briefly(whole.slice(0, end));
    ok(frames.length >= before, `${end}`);
    before = frames.length;
  }
  strictEqual(briefly(whole).frames.length, 200);
  ok(briefly(whole.slice(0, whole.length - 60)).frames.length >= 198);
});

Deno.test("readBlf() never fails and allocates within bounds, whatever the file says", () => {
  const seed = blfFile(blfContainer(OBJECTS, true), blfContainer(OBJECTS, false), OBJECTS);
  const change = fc.record({ at: fc.nat(seed.length - 1), value: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), fc.nat(seed.length), (changes, end) => {
      const bytes = seed.slice(0, end);
      for (const { at, value } of changes) if (at < end) bytes[at] = value;
      ok(readBlf(bytes, new PassedTally()).length <= 6);
    }),
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    readBlf(join(seed.slice(0, 144), bytes), new PassedTally());
  }));
});

Deno.test("readBlf() does not expand what claims or holds too much", () => {
  const zeros = blfContainer(new Uint8Array(32 * 1024 * 1024), true);
  deepStrictEqual(briefly(blfFile(zeros, FIRST)), { frames: [TWO[0]], said: "1 damaged part" });
  // It holds more than it states.
  const liar = blfContainer(new Uint8Array(8 * 1024 * 1024), true);
  new DataView(liar.buffer).setUint32(24, 1000, true);
  deepStrictEqual(briefly(blfFile(liar, FIRST)), { frames: [TWO[0]], said: "1 damaged part" });
  const eight = blfContainer(new Uint8Array(8 * 1024 * 1024), true);
  const { said } = briefly(blfFile(...Array.from({ length: 12 }, () => eight)));
  ok(said.includes("damaged part"), said);
});

Deno.test("readTrace() knows BLF by its content, and says what one without frames holds", () => {
  const trace = readTrace({ name: "a.log", bytes: blfFile(blfContainer(OBJECTS, true)) });
  strictEqual(trace.format, "blf");
  throws(
    () => readTrace({ name: "a.blf", bytes: blfFile(blfObject(73, new Uint8Array(32))) }),
    { message: "Cannot read trace a.blf: it holds no CAN frame; it is Vector BLF, 1 error frame" },
  );
  throws(() => readTrace({ name: "a.blf", bytes: blfFile().slice(0, 9) }), /Vector BLF/);
});

Deno.test("readBlf() joins an object of many containers once, not with each of them", () => {
  const object = blfObject(100, new Uint8Array(200_000));
  const parts = Array.from({ length: 2000 }, (_, i) => object.slice(100 * i, 100 * (i + 1)));
  const rest = object.slice(200_000);
  const bytes = blfFile(
    ...[...parts, join(rest, OBJECTS)].map((part) => blfContainer(part, false)),
  );
  const { set } = Uint8Array.prototype;
  let copiedBytes = 0;
  Uint8Array.prototype.set = function (this: Uint8Array, from: ArrayLike<number>, at?: number) {
    copiedBytes += from.length;
    set.call(this, from, at);
  };
  try {
    deepStrictEqual(briefly(bytes).frames.slice(1), TWO);
  } finally {
    Uint8Array.prototype.set = set;
  }
  ok(copiedBytes < 10 * bytes.length, `${copiedBytes} bytes were copied`);
});

Deno.test("readBlf() gives a small file no more than a small log would hold", () => {
  const bytes = new Uint8Array(FIRST.length * 80_000);
  for (let at = 0; at < bytes.length; at += FIRST.length) bytes.set(FIRST, at);
  const file = blfFile(...Array.from({ length: 8 }, () => blfContainer(bytes, true)));
  const { frames, said } = briefly(file);
  ok(frames.length <= 200_000, `${file.length} bytes gave ${frames.length} frames`);
  ok(said.includes("damaged part"), said);
});

/** Profiles that nobody would write: whatever the language allows, and some of what it does not. */
import fc from "fast-check";

const HEX = fc.integer({ min: 0, max: 0xFF })
  .map((byte) => byte.toString(16).toUpperCase().padStart(2, "0"));
const BYTES = fc.array(HEX, { maxLength: 4 }).map((bytes) => bytes.join(" "));
const SID = fc.constantFrom(
  "10 03",
  "10 02",
  "22 F1 90",
  "2E F1 5A",
  "31 01 FF 10",
  "3E 00",
  "85 02",
);

/** `{name:4}`, some with `le`, some of a length that does not do. */
function field(...names: readonly string[]): fc.Arbitrary<string> {
  return fc.record({
    name: fc.constantFrom(...names),
    length: fc.constantFrom(...["", ":1", ":2", ":3", ":4", ":4", ":4", ":4le", ":7"]),
  }).map(({ name, length }) => `{${name}${length}}`);
}

const PLACE = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("44 {address:4} {size:4}", "{address:4} {size:3le}") },
  { weight: 2, arbitrary: fc.constantFrom("33 {offset:3} {size:3}", "{page:1} {pages:1}") },
  {
    weight: 1,
    arbitrary: fc.array(field("address", "offset", "size", "page", "pages", "segment"))
      .map((fields) => fields.join(" ")),
  },
  { weight: 1, arbitrary: BYTES },
);

function request(head: fc.Arbitrary<string>, tail: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(head, tail).map(([first, rest]) => `${first} ${rest}`.trim());
}

const STATUSES = fc.oneof(
  fc.constant("any"),
  fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
);
const POLL = fc.record({
  request: fc.constantFrom("31 03 FF 00", "31 03 FF 10"),
  intervalMs: fc.constantFrom(0.001, 1, 20),
  notReadyNrcs: fc.uniqueArray(fc.constantFrom(0x21, 0x22, 0x24), { maxLength: 2 }),
  always: fc.boolean(),
}, { requiredKeys: [] });
const ANSWER = {
  good: STATUSES,
  busy: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
  bad: fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 3 }),
  poll: POLL,
};

const STEP = fc.oneof(
  { weight: 4, arbitrary: request(SID, BYTES) },
  { weight: 1, arbitrary: request(SID, field("block", "fingerprint", "address")) },
  { weight: 2, arbitrary: fc.constant({ securityAccess: 1 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("bootloader", "application").map((talkTo) => ({ talkTo })),
  },
  {
    weight: 1,
    arbitrary: fc.constant({ request: "10 02", knock: { everyMs: 5, forMs: 200 } }),
  },
  { weight: 1, arbitrary: fc.record({ waitMs: fc.constantFrom(0, 1, 300) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      request: request(SID, BYTES),
      optional: fc.boolean(),
      timeoutMs: fc.constantFrom(1, 100, 2000),
      ...ANSWER,
    }, { requiredKeys: ["request"] }),
  },
);
/** Something that is told, and said again. */
const KEPT = fc.constantFrom("{code:2}", "{code}").map((code) => [
  { request: "22 F1 90", answer: `62 F1 90 ${code}`, keep: ["code"] },
  `2E F1 5A ${code}`,
]);
const STEPS = fc.tuple(
  fc.array(STEP, { maxLength: 4 }),
  fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: KEPT }),
).map(([steps, kept]) => [...steps, ...kept]);
const ERASE_STEP = fc.oneof(
  request(fc.constantFrom("31 01 FF 10", "31 01 FF 11"), PLACE),
  fc.record({ waitMs: fc.constantFrom(1, 50) }),
);

const ERASE = fc.record({
  scope: fc.constantFrom("segment", "image"),
  first: fc.constantFrom("lowest", "vectors"),
  before: fc.array(ERASE_STEP, { maxLength: 2 }),
  request: request(fc.constant("31 01 FF 00"), PLACE),
  after: fc.array(ERASE_STEP, { maxLength: 2 }),
  ...ANSWER,
}, { requiredKeys: [] });
const COUNTED = fc.record({
  request: fc.constantFrom(
    "36 {counter:1} {data}",
    "36 {counter:1} {address:4} {data}",
    "36 {counter:1} {offset:3} {size:2} {data}",
  ),
  counter: fc.record({
    first: fc.constantFrom(0, 1),
    wrapsTo: fc.constantFrom(0, 1),
    goesOn: fc.boolean(),
  }, { requiredKeys: [] }),
  good: STATUSES,
}, { requiredKeys: ["request"] });
const BLOCK = fc.oneof(
  { weight: 6, arbitrary: COUNTED },
  { weight: 2, arbitrary: fc.constant({ request: "36 {data}", counter: "none" }) },
  { weight: 1, arbitrary: fc.constant({ request: "36 {data}" }) },
);
const TRANSFER = fc.record({
  unit: fc.constantFrom("segment", "image"),
  request: request(fc.constantFrom("34 00", "34 11"), PLACE),
  exit: request(fc.constant("37"), fc.constantFrom("", "{checksum:4}", "{address:4} {size:4}")),
  maxNumberOfBlockLengthCap: fc.constantFrom(3, 20, 130, 130, 4095, 4095),
  blockMultipleBytes: fc.constantFrom(1, 8, 32),
  skipsErased: fc.constantFrom(false, false, false, false, true),
  block: BLOCK,
}, { requiredKeys: [] });
/** Blocks that nothing begins. */
const PLACED = fc.constantFrom(
  { request: "3D 44 {address:4} {size:4} {data}" },
  { request: "2E FD 01 {offset:3} {data}" },
  { request: "2E FD 01 {offset:3} {data}", repeats: true },
).map((block) => ({ request: "none", exit: "none", maxNumberOfBlockLengthCap: 130, block }));
const DOWNLOAD = fc.oneof(
  { weight: 6, arbitrary: TRANSFER },
  { weight: 1, arbitrary: PLACED },
);
const CHECK = fc.record({
  scope: fc.constantFrom("segment", "image"),
  request: request(fc.constant("31 01 02 02"), PLACE).map((text) => `${text} {checksum}`),
  mode: fc.constantFrom("compare", "report"),
  readOnly: fc.boolean(),
  over: fc.constantFrom({}, { part: "written" }, { part: "erased" }),
  ...ANSWER,
}, { requiredKeys: [] });

const MEMORY = fc.record({
  base: fc.constantFrom(0, 0x0800_0000, 0x0800_8000, 0x0801_0000, 0xFFFF_FFFF),
  pageBytes: fc.constantFrom(1, 0x400, 0x4000, 0x1_0000, 0x8000),
}, { requiredKeys: [] });

/** Times are short, so that a run is soon over; it is their product that counts. */
const TIMING = fc.record({
  p2Ms: fc.constantFrom(1, 20, 50),
  requestMsMax: fc.constantFrom(1, 200, 1500),
  activationMsMax: fc.constantFrom(1, 300, 1000),
  resetQuietMs: fc.constantFrom(0, 50, 500),
  requestAttemptsMax: fc.constantFrom(1, 2, 3),
  segmentAttemptsMax: fc.constantFrom(1, 2, 3),
  nodeAttemptsMax: fc.constantFrom(1, 2, 3),
  retryDelayMs: fc.constantFrom(0.001, 50),
  retryDelayMsMax: fc.constantFrom(1, 100),
  s3Ms: fc.constantFrom(100, 5000),
});

function orNone<T>(section: fc.Arbitrary<T>): fc.Arbitrary<T | "none"> {
  return fc.oneof({ weight: 3, arbitrary: section }, { weight: 1, arbitrary: fc.constant("none") });
}

/** A profile as YAML has it; most of them have no mistake. */
export const RANDOM_PROFILE: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record({
  before: fc.array(request(SID, BYTES), { maxLength: 2 }),
  identity: orNone(fc.record({ hardwareDid: fc.constantFrom("none", 0xF191, 0x0001) })),
  enter: STEPS,
  memory: MEMORY,
  erase: orNone(ERASE),
  download: DOWNLOAD,
  check: orNone(CHECK),
  finish: STEPS,
  after: fc.array(request(SID, BYTES), { maxLength: 2 }),
  keepAlive: fc.constantFrom("auto", "functional", "physical", "both", "none"),
  timing: TIMING,
}, { requiredKeys: ["timing"] });

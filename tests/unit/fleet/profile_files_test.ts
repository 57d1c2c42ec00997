import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import {
  type Fleet,
  FleetFileError,
  readFleetFile,
  readProfileFile,
} from "../../../src/fleet/mod.ts";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { fleetText } from "./_support.ts";

type Files = Readonly<Record<string, string>>;

/** Reads a fleet whose profiles are in files, from a folder of its own. */
function readWith(profiles: string, files: Files, name = "bench/fleet.yaml"): Fleet {
  const text = fleetText({ node: "profile: ours", file: `profiles:\n${profiles}` });
  return readFleetFile({ name, text }, {
    ...FLEET_LOOKUPS,
    profileFile: (path) =>
      files[path] === undefined
        ? { expected: `expected a file, there is none at ${path}` }
        : { text: files[path] },
  });
}

function mistakesOf(profiles: string, files: Files): readonly string[] {
  try {
    readWith(profiles, files);
    return [];
  } catch (error) {
    ok(error instanceof FleetFileError);
    return error.message.split("\n").slice(1);
  }
}

Deno.test("readFleetFile() takes a profile from a file of its own", () => {
  const [node] = readWith("  ours: { file: ours.yaml }", {
    "ours.yaml": "extends: iso14229-group\ntiming: { p2Ms: 150 }\n",
  }).nodes;
  strictEqual(node!.profile.name, "ours");
  strictEqual(node!.profile.timing.p2Ms, 150);
});

Deno.test("readFleetFile() takes what a profile changes of another of the fleet's, and of a file", () => {
  const [node] = readWith(
    "  ours: { extends: theirs, timing: { s3Ms: 900 } }\n  theirs: { extends: { file: p/a.yaml } }",
    {
      "p/a.yaml": "extends: { file: b.yaml }\ntiming: { p2Ms: 70 }\n",
      "p/b.yaml": "timing: { p2Ms: 60, nBsMs: 300 }\nfinish: []\n",
    },
  ).nodes;
  const { timing, finish } = node!.profile;
  deepStrictEqual([timing.p2Ms, timing.nBsMs, timing.s3Ms, finish.length], [70, 300, 900, 0]);
});

/** What is wrong; the profiles; the files; what is said. */
const MISTAKES: readonly (readonly [string, string, Files, readonly string[]])[] = [
  ["a request that is none", "  ours: { file: ours.yaml }", {
    "ours.yaml": "enter:\n  - 10 02\n  - 10 0\n",
  }, [
    'bench/ours.yaml:3:5: enter[1]: Cannot read request template "10 0": "10 0" is not whole bytes',
  ]],
  ["a request that is none in the file below", "  ours: { extends: { file: ours.yaml } }", {
    "ours.yaml": "timing: { p2Ms: 9 }\nextends: { file: base.yaml }\n",
    "base.yaml": "download:\n  exit: '0x37'\n",
  }, [
    'bench/base.yaml:2:9: download.exit: Cannot read request template "0x37": "0" is not whole ' +
    'bytes; bytes are written without 0x, as "31 01 FF 00"',
  ]],
  ["an unknown key", "  ours: { file: ours.yaml }", { "ours.yaml": "erase: { requst: 31 01 }\n" }, [
    'bench/ours.yaml:1:10: erase.requst: unknown key, did you mean "request"?',
  ]],
  ["no YAML", "  ours: { file: ours.yaml }", { "ours.yaml": "erase: { request: 31\n" }, [
    "bench/ours.yaml:1:8: expected a } that closes this {",
  ]],
  ["two mistakes, named twice", "  ours: { file: o.yaml }\n  b: { extends: { file: o.yaml } }", {
    "o.yaml": "befor: []\nkeepAlive: never\n",
  }, [
    'bench/o.yaml:1:1: befor: unknown key, did you mean "before"?',
    "bench/o.yaml:2:12: keepAlive: expected auto, functional, physical, both or none, " +
    'not "never"; did you mean none?',
  ]],
  ["a fleet file", "  ours: { file: ours.yaml }", { "ours.yaml": "profiles: { a: {} }\n" }, [
    "bench/ours.yaml:1:1: profiles: expected a profile alone: its keys, such as enter:, at the top",
  ]],
  ["no file", "  ours: { file: our.yaml }", {}, [
    "bench/fleet.yaml:18:17: profiles.ours.file: expected a file, there is none at our.yaml",
  ]],
  ["a path out of the folder", "  ours: { file: ../ours.yaml }", {}, [
    "bench/fleet.yaml:18:17: profiles.ours.file: expected a path beneath the fleet file's folder, " +
    'with / between folders, not "../ours.yaml"',
  ]],
  ["a path out of the folder by way of a file", "  ours: { file: p/ours.yaml }", {
    "p/ours.yaml": "extends: { file: ../../x.yaml }\n",
  }, [
    "bench/p/ours.yaml:1:18: extends.file: expected a path beneath the fleet file's folder, " +
    'with / between folders, not "../../x.yaml"',
  ]],
  ["keys beside a file", "  ours: { file: ours.yaml, check: none }", { "ours.yaml": "{}\n" }, [
    "bench/fleet.yaml:18:28: profiles.ours.check: expected no other key beside file; " +
    "to change that profile: { extends: { file: FILE }, ... }",
  ]],
  ["a file that knows a fleet's names", "  ours: { file: ours.yaml }\n  theirs: {}", {
    "ours.yaml": "extends: theirs\n",
  }, [
    "bench/ours.yaml:1:10: extends: expected one of the built-in profiles, or { file: ... }, " +
    'not "theirs"; there are iso14229, iso14229-group, iso14229-banks, textbook, vw-like, ' +
    "nxp-s32k-unified, psa-like, supplier-hash, ff01-checksum",
  ]],
  ["a name that is like one", "  ours: { extends: theris }\n  theirs: {}", {}, [
    'bench/fleet.yaml:18:20: profiles.ours.extends: expected one of the profiles, not "theris"; ' +
    'did you mean "theirs"?',
  ]],
  ["a circle of names", "  ours: { extends: b }\n  b: { extends: c }\n  c: { extends: b }", {}, [
    "bench/fleet.yaml:20:17: profiles.c.extends: " +
    "expected a profile that does not extend itself: b -> c -> b",
  ]],
  ["a circle of files", "  ours: { file: a.yaml }", {
    "a.yaml": "extends: { file: b.yaml }\n",
    "b.yaml": "extends: { file: ./a.yaml }\n",
  }, [
    "bench/b.yaml:1:18: extends.file: " +
    "expected a profile that does not extend itself: ./a.yaml -> ./b.yaml -> ./a.yaml",
  ]],
  ["a version in a format that is none", "  ours: { file: ours.yaml }", {
    "ours.yaml": "identity:\n  version: { did: 0xF189, format: number_le }\n",
  }, [
    "bench/ours.yaml:2:35: identity.version.format: " +
    'expected text, hex, bcd, dotted, number or number-le, not "number_le"; did you mean number-le?',
  ]],
  ["a version without its DID", "  ours: { file: ours.yaml }", {
    "ours.yaml": "identity: { version: { format: bcd, bytes: 0 } }\n",
  }, [
    "bench/ours.yaml:1:22: identity.version.did: " +
    "missing, expected a data identifier, 0x0000..0xFFFF",
    "bench/ours.yaml:1:44: identity.version.bytes: expected a length in bytes, 1..256, not 0",
  ]],
  ["a DID that is a word", "  ours: { file: ours.yaml }", {
    "ours.yaml": "identity: { serialDid: no }\n",
  }, [
    "bench/ours.yaml:1:24: identity.serialDid: " +
    'expected a data identifier, 0x0000..0xFFFF, or none, not "no"; did you mean none?',
  ]],
  ["waits that are none", "  ours: { file: ours.yaml }", {
    "ours.yaml": "erase: { p2StarMs: 0 }\nfinish: [{ request: 11 01, busyMsMx: 5 }]\n",
  }, [
    "bench/ours.yaml:1:20: erase.p2StarMs: expected milliseconds above 0, at most 3600000, not 0",
    'bench/ours.yaml:2:28: finish[0].busyMsMx: unknown key, did you mean "busyMsMax"?',
  ]],
  ["conditions that are none", "  ours: { file: ours.yaml }", {
    "ours.yaml": "conditions:\n  - { did: 0xF442 }\n  - { did: 1, min: 3, max: 2, mask: 0x100 }\n" +
      "check: { poll: { request: 22 F1 A0, until: { did: 2, is: 1 }, failsWhen: { did: 3, is: 1 } } }\n",
  }, [
    "bench/ours.yaml:2:5: conditions[0]: missing, expected what must hold: min, max or is",
    "bench/ours.yaml:3:28: conditions[1].max: expected at least min, 3",
    "bench/ours.yaml:3:37: conditions[1].mask: expected bits of 1 byte, as bytes says",
    "bench/ours.yaml:4:27: check.poll.request: " +
    "expected no request beside until, which reads its data identifier",
    "bench/ours.yaml:4:81: check.poll.failsWhen.did: expected the data identifier of until, 0x0002",
  ]],
  ["what decides over a step and is none", "  ours: { file: ours.yaml }", {
    "ours.yaml": "enter: [{ waitMs: 5, when: { did: 1 } }]\n" +
      "erase: { before: [{ request: 31 01 FF 10, when: { did: 2, bytes: 1, mask: 256, is: 1 } }] }\n",
  }, [
    "bench/ours.yaml:1:28: enter[0].when: missing, expected what must hold: min, max or is",
    "bench/ours.yaml:2:75: erase.before[0].when.mask: expected bits of 1 byte, as bytes says",
  ]],
  ["gaps that are none", "  ours: { file: ours.yaml }", {
    "ours.yaml": "timing: { frameGapUsMin: 200000, requestGapMsMin: 0, frameGapMs: 1 }\n",
  }, [
    "bench/ours.yaml:1:26: timing.frameGapUsMin: expected an integer in 1..127000, not 200000",
    "bench/ours.yaml:1:51: timing.requestGapMsMin: " +
    "expected milliseconds above 0, at most 3600000, not 0",
    'bench/ours.yaml:1:54: timing.frameGapMs: unknown key, did you mean "frameGapUsMin"?',
  ]],
  ["an even security level", "  ours: { file: ours.yaml }", {
    "ours.yaml": "enter: [{ securityAccess: 2 }]\n",
  }, [
    "bench/ours.yaml:1:27: enter[0].securityAccess: " +
    "expected an odd security level, 0x01..0x7D, not 2",
  ]],
  ["a seed that no key is in time for, and a record that is none", "  ours: { file: ours.yaml }", {
    "ours.yaml": "enter:\n  - { securityAccess: 1, record: 'A', keyAfterMs: 9, seedMsMax: 9 }\n",
  }, [
    "bench/ours.yaml:2:34: enter[0].record: " +
    'Cannot read request template "A": "A" is not whole bytes',
    "bench/ours.yaml:2:65: enter[0].seedMsMax: " +
    "expected more than keyAfterMs, 9: no key would be in time",
  ]],
  ["a key of a step that is none, and too many delays", "  ours: { file: ours.yaml }", {
    "ours.yaml": "enter: [{ securityAccess: 1, recrod: '00', delaysMax: 1000 }]\n" +
      "finish: []\n",
  }, [
    'bench/ours.yaml:1:30: enter[0].recrod: unknown key, did you mean "record"?',
    "bench/ours.yaml:1:55: enter[0].delaysMax: expected an integer in 0..100, not 1000",
  ]],
  ["a record of what nothing is known of", "  ours: { file: ours.yaml }", {
    "ours.yaml": "finish: [{ securityAccess: 1, record: '{fingerprnt}' }]\n",
  }, [
    "bench/ours.yaml:1:39: finish[0].record: {fingerprnt}: expected another field here, " +
    "did you mean {fingerprint}?",
  ]],
  [
    "an erase of which nothing is known",
    "  ours: { extends: b, erase: { good: [4] } }\n  b: { erase: none }",
    {},
    [
      "bench/fleet.yaml:18:30: profiles.ours.erase.scope: " +
      "missing, expected all of an erase: the base profile has none",
      "bench/fleet.yaml:18:30: profiles.ours.erase.request: " +
      "missing, expected all of an erase: the base profile has none",
    ],
  ],
];

for (const [what, profiles, files, expected] of MISTAKES) {
  Deno.test(`readFleetFile() refuses a profile with ${what}`, () => {
    deepStrictEqual(mistakesOf(profiles, files), expected);
  });
}

Deno.test("readFleetFile() refuses to compare what a node is never asked for", () => {
  const text = fleetText({
    node: "profile: ours\n    hardware: HW-A\n    part: P-1",
    file: "profiles: { ours: { identity: { hardwareDid: none } } }",
  });
  let message = "";
  try {
    readFleetFile({ name: "fleet.yaml", text }, FLEET_LOOKUPS);
  } catch (error) {
    message = String(error);
  }
  ok(message.includes("1 mistake"), message);
  ok(message.includes("hardware: expected none, as profile ours has no data identifier for it"));
});

Deno.test("readFleetFile() refuses profiles that extend one another without end", () => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`${i}.yaml`, `extends: { file: ${i + 1}.yaml }\n`]),
  );
  deepStrictEqual(mistakesOf("  ours: { file: 0.yaml }", files), [
    "bench/15.yaml:1:10: extends: expected at most 16 profiles that extend one another",
  ]);
});

Deno.test("readFleetFile() refuses a profile's file where it can read none", () => {
  const text = fleetText({ node: "profile: ours", file: "profiles: { ours: { file: o.yaml } }" });
  let message = "";
  try {
    readFleetFile({ name: "fleet.yaml", text }, FLEET_LOOKUPS);
  } catch (error) {
    message = String(error);
  }
  ok(message.includes("expected the profile itself: no other file can be read here"), message);
});

Deno.test("readProfileFile() reads a profile by itself, and names its file where something is wrong", () => {
  const read = (text: string, files: Files = {}) =>
    readProfileFile({ name: "bench/ours.yaml", text }, (path) => {
      if (path === "broken.yaml") throw new Error("input/output error");
      return files[path] === undefined ? { expected: `no ${path}` } : { text: files[path] };
    });
  const { name, timing } = read("extends: { file: b.yaml }\ntiming: { p2Ms: 70 }\n", {
    "b.yaml": "timing: { p2Ms: 60, nBsMs: 300 }\n",
  });
  deepStrictEqual([name, timing.p2Ms, timing.nBsMs], ["ours", 70, 300]);
  for (
    const [text, line] of [
      ["befor: []\n", 'bench/ours.yaml:1:1: befor: unknown key, did you mean "before"?'],
      ["erase: { request: 31\n", "bench/ours.yaml:1:8: expected a } that closes this {"],
      ["extends: { file: c.yaml }\n", "bench/ours.yaml:1:18: extends.file: no c.yaml"],
      [
        "extends: { file: c.yaml/ }\n",
        "bench/ours.yaml:1:18: extends.file: expected a path beneath the fleet file's folder, with / " +
        'between folders, not "c.yaml/"',
      ],
      ["~\n", "bench/ours.yaml:1:1: expected a mapping, not nothing"],
    ] as const
  ) {
    throws(() => read(text), (error: unknown) => {
      ok(error instanceof FleetFileError);
      deepStrictEqual(error.message.split("\n"), [
        "Cannot use profile file bench/ours.yaml: 1 mistake",
        line,
      ]);
      return true;
    });
  }
  throws(() => read("extends: { file: broken.yaml }\n"), /^Error: input\/output error/);
});

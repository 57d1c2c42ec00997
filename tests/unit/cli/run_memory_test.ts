import { deepStrictEqual, match } from "node:assert/strict";
import { besideLines, doubtLines, missingLines, shellWord } from "../../../src/cli/run_memory.ts";
import { EMPTY_MEMORY, type NodeRecord } from "../../../src/journal/mod.ts";
import { nodeAt } from "../journal/_support.ts";

const ENGINE = nodeAt("engine", "0x7E0/0x7E8");
const RECORD: NodeRecord = {
  claims: ENGINE.claims,
  name: "engine",
  fleet: "/bench/fleet.yaml",
  distrusted: [{ start: 0, end: 16 }],
  endState: "bootloader",
};

function hostWith(names: (folder: string) => readonly string[]) {
  const never = () => {
    throw new Error("it is not asked for");
  };
  return {
    runFiles: {
      names,
      list: () => [],
      remove: () => {},
      isLocked: () => false,
      create: never,
      open: never,
      lock: never,
    },
  };
}

Deno.test("besideLines() tells of another user's runs where there are any", () => {
  const some = hostWith((folder) => [`${folder}/a.cborseq`]);
  const anna = "/home/anna/.local/state/canvoy";
  match(besideLines(anna, "/root/canvoy", some)[0] ?? "", /--state \/home\/anna/);
  deepStrictEqual(besideLines(anna, anna, some), []);
  deepStrictEqual(besideLines(undefined, anna, some), []);
  deepStrictEqual(besideLines(anna, "/root/canvoy", hostWith(() => [])), []);
  const denied = hostWith(() => {
    throw new Deno.errors.PermissionDenied();
  });
  deepStrictEqual(besideLines(anna, "/root/canvoy", denied), []);
});

Deno.test("doubtLines() names each journal once, and whom it may be about", () => {
  const nodes = Array.from({ length: 7 }, (_, i) => nodeAt(`n${i}`, `0x70${i}/0x78${i}`));
  const unread = [{ file: "a.cborseq", met: [nodes[6]!.claims] }];
  const records = [{ ...RECORD, claims: nodes[0]!.claims, because: "b.cborseq" }];
  deepStrictEqual(doubtLines({ ...EMPTY_MEMORY, records, unread }, nodes), [
    "journal b.cborseq cannot be read in whole: n0 may be torn and is erased again, unless you " +
    "settle it: canvoy runs settle b.cborseq",
    "journal a.cborseq cannot be read in whole: n0, n1, n2, n3, n4 and 1 more may be torn and are " +
    "erased again, unless you settle it: canvoy runs settle a.cborseq",
  ]);
  deepStrictEqual(doubtLines({ ...EMPTY_MEMORY, unread }, [{ name: "modelled", claims: {} }]), []);
});

Deno.test("missingLines() says how to settle a node that is gone, in words that a shell takes", () => {
  const [line] = missingLines([{ ...RECORD, claims: { ...RECORD.claims, serial: "it's 7" } }]);
  match(line!, /canvoy runs forget 'it'\\''s 7'$/);
  match(missingLines([RECORD])[0]!, /canvoy runs forget 0x7E0\/0x7E8@socketcan:can0$/);
  deepStrictEqual(shellWord("a b"), "'a b'");
});

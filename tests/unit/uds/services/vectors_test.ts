import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bytesToHex, hexToBytes } from "../../../../src/core/mod.ts";
import { nrcName } from "../../../../src/uds/mod.ts";
import golden from "../../../vectors/uds_scapy.json" with { type: "json" };
import seen from "../../../vectors/uds_seen.json" with { type: "json" };
import { CODECS } from "./codecs.ts";

interface Vector {
  readonly function: string;
  readonly bytes: string;
  readonly value: unknown;
}

const vectors: readonly Vector[] = [...golden.vectors, ...seen.vectors];

for (const vector of vectors) {
  const name = vector.function;
  const codec = CODECS.get(name)!;
  const value = withBytes(vector.value);

  Deno.test(`encode${name}() gives ${vector.bytes}`, () => {
    strictEqual(bytesToHex(codec.encode(value)), vector.bytes);
  });

  Deno.test(`decode${name}() reads ${vector.bytes}`, () => {
    deepStrictEqual(codec.decode(hexToBytes(vector.bytes)), value ?? undefined);
  });
}

Deno.test("vectors: every codec has at least one", () => {
  const known = new Set(vectors.map((vector) => vector.function));
  deepStrictEqual([...CODECS.keys()].filter((name) => !known.has(name)), []);
  strictEqual(CODECS.size, 35);
});

Deno.test("nrcName() agrees with scapy's names", () => {
  const names = Object.entries(golden.nrcNames);
  ok(names.length > 35);
  for (const [nrc, name] of names) strictEqual(nrcName(parseInt(nrc, 16)), name);
});

/** JSON has no bytes: `{"hex": ".."}` stands for them. */
function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes);
  if (typeof value !== "object" || value === null) return value;
  if ("hex" in value) return hexToBytes(value.hex as string);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withBytes(inner)]));
}

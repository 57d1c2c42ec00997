import { ok, strictEqual } from "node:assert/strict";
import { concatBytes } from "../../src/core/mod.ts";
import { decodePem } from "../../src/adapters/mod.ts";
import { ReleaseLab } from "../support/release_lab.ts";

const BUNDLE = "--bundle r7.suit --trust trust.cbor";
/** What writes a run down, and into which file. */
const WRITERS = [
  ["report", "report.full"],
  ["junit", "junit.full"],
  ["csv", "csv.full"],
  ["journal", "journal.full"],
  ["trace", "full.log"],
] as const;
const WRITTEN = WRITERS.map(([option, file]) => `--${option} ${file}`).join(" ");

/** Forms in which a secret could leak: raw, hexadecimal with and without blanks, base64. */
function formsOf(secret: Uint8Array): readonly string[] {
  const hex = secret.toHex();
  return [
    new TextDecoder("latin1").decode(secret),
    hex,
    hex.replaceAll(/(..)(?=.)/g, "$1 "),
    secret.toBase64({ omitPadding: true }).slice(0, -1),
    secret.toBase64({ alphabet: "base64url", omitPadding: true }).slice(0, -1),
    secret.join(","),
  ].map((form) => form.toLowerCase());
}

Deno.test("no secret appears in what commands print or write", async () => {
  const lab = await ReleaseLab.create();
  const secretFiles = ["a.pem", "b.pem", "c.pem", "pass", "unlock.key"];
  const before = new Map(lab.files);
  const der = (file: string) => decodePem(file, lab.text(file)).der;
  const secrets = [
    lab.files.get("unlock.key")!,
    der("a.pem").slice(-32),
    der("b.pem").slice(-32),
    der("c.pem").slice(-32),
    new TextEncoder().encode("words of some length"),
  ];
  lab.fleet("wrong.yaml", ["hardware: GW-446-C", "hardware: GW-446-D"]);
  lab.files.set("long.key", concatBytes([lab.files.get("unlock.key")!, new Uint8Array(1)]));
  lab.fleet("long.yaml", ["aesCmac: unlock.key", "aesCmac: long.key"]);
  const outputs: Uint8Array[] = [];
  for (
    const line of [
      `flash signed.yaml ${BUNDLE} --virtual-time --json -v ${WRITTEN}`,
      `flash signed.yaml ${BUNDLE} --virtual-time -v`,
      `flash wrong.yaml ${BUNDLE} --virtual-time -v`,
      `flash long.yaml ${BUNDLE} --virtual-time -v --json`,
      `flash signed.yaml ${BUNDLE} --virtual-time --dry-run -v`,
      `verify signed.yaml ${BUNDLE} --virtual-time -v --report report.verify`,
      "trace explain full.log -v",
      "replay journal.full -v",
      `plan signed.yaml ${BUNDLE} -v --json`,
      "bundle verify r7.suit --trust trust.cbor --json",
      "bundle inspect r7.suit --json",
      "bundle inspect trust.cbor",
      "bundle inspect a.pem",
      "bundle sign r7.suit --key a.pem -v --json",
      "bundle sign r7.suit --key b.pem --passphrase a.pem -v",
      "bundle sign r7.suit --key unlock.key -v",
      "bundle keygen a.pem --json",
    ]
  ) {
    const run = await lab.run(line);
    outputs.push(new TextEncoder().encode(`${line}\n${run.stdout}\n${run.stderr}`));
  }
  for (const [path, content] of lab.files) {
    const isSecret = secretFiles.includes(path) || path === "long.key";
    if (isSecret) ok(before.get(path) === undefined || before.get(path) === content, path);
    else outputs.push(content);
  }
  ok(lab.text("full.log").length > 100_000, "the run was whole");
  for (const [, file] of WRITERS) ok(lab.files.get(file)!.length > 100, file);
  const all = new TextDecoder("latin1").decode(concatBytes(outputs)).toLowerCase();
  for (const [i, secret] of secrets.entries()) {
    for (const form of formsOf(secret)) ok(!all.includes(form), `secret ${i}`);
  }
  strictEqual(formsOf(Uint8Array.of(0xAB, 1)).includes("ab 01"), true, "the search would find it");
});

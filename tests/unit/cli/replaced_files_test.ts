/** Files that are replaced while a command reads them, or between two: what was verified is written. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { main } from "../../../src/cli/main.ts";
import { ReleaseLab } from "../../support/release_lab.ts";
import { MemoryHost } from "./_host.ts";
import { dearTest } from "../../support/dear.ts";

/** Whoever reads a file finds another one there the next time. */
class ReplacingHost extends MemoryHost {
  /** How often each file was read. */
  readonly reads = new Map<string, number>();
  readonly #next: ReadonlyMap<string, Uint8Array>;
  readonly #read = this.readFile;

  constructor(
    line: string,
    files: ReadonlyMap<string, Uint8Array>,
    next: Readonly<Record<string, Uint8Array>>,
  ) {
    super(line.split(" "), { files: Object.fromEntries(files) });
    this.#next = new Map(Object.entries(next));
    Object.assign(this, {
      readFile: (path: string): Uint8Array => {
        const bytes = this.#read(path);
        this.reads.set(path, (this.reads.get(path) ?? 0) + 1);
        const other = this.#next.get(path);
        if (other !== undefined) this.files.set(path, other);
        return bytes;
      },
    });
  }
}

const FLASH = "flash signed.yaml --bundle r7.suit --trust trust.cbor --virtual-time --json";

/** What a run wrote: each block of data in its trace. */
function written(host: MemoryHost): readonly string[] {
  const trace = new TextDecoder().decode(host.files.get("trace.log"));
  return trace.split("\n").map((line) => line.replace(/^\S+ /, "")).filter((line) => line !== "");
}

Deno.test("flash writes the bundle that it has verified, whatever is in its place meanwhile", async () => {
  const lab = await ReleaseLab.create();
  const plain = new ReplacingHost(`${FLASH} --trace trace.log`, lab.files, {});
  strictEqual(await main(plain), 0, plain.stderr.text);
  await lab.good(
    "bundle pack signed.yaml --vendor example.com --sequence 8 --output unsigned.suit",
  );
  const r7 = lab.files.get("r7.suit")!;
  const others: Readonly<Record<string, Uint8Array>> = {
    "another release that nobody has signed": lab.files.get("unsigned.suit")!,
    "the same with one byte changed": r7.with(r7.length - 100, r7[r7.length - 100]! ^ 1),
    "nothing": new Uint8Array(0),
  };
  for (const [what, other] of Object.entries(others)) {
    const replaced = { "r7.suit": other, "trust.cbor": other, "signed.yaml": other };
    const host = new ReplacingHost(`${FLASH} --trace trace.log`, lab.files, replaced);
    strictEqual(await main(host), 0, `${what}: ${host.stderr.text}`);
    deepStrictEqual(written(host), written(plain), what);
    for (const path of Object.keys(replaced)) strictEqual(host.reads.get(path), 1, path);

    // The next command does not take the word of the one before.
    const verify = new ReplacingHost(
      "bundle verify r7.suit --trust trust.cbor",
      lab.files,
      { "r7.suit": other },
    );
    strictEqual(await main(verify), 0, verify.stderr.text);
    const flash = new ReplacingHost(`${FLASH} --trace trace.log`, verify.files, {});
    strictEqual(await main(flash), 2, what);
    ok(!flash.files.has("trace.log"), "before the first frame");
  }
});

Deno.test("flash reads fleet file and images once, and writes what it has planned", async () => {
  const lab = await ReleaseLab.create();
  const text = lab.text("signed.yaml").replace(/^require_signature:.*$/m, "");
  lab.write("plain.yaml", text);
  const line = "flash plain.yaml --virtual-time --json --trace trace.log";
  const plain = new ReplacingHost(line, lab.files, {});
  strictEqual(await main(plain), 0, plain.stderr.text);
  const nothing = new Uint8Array(0);
  const host = new ReplacingHost(line, lab.files, { "plain.yaml": nothing });
  strictEqual(await main(host), 0, host.stderr.text);
  strictEqual(host.reads.get("plain.yaml"), 1);
  deepStrictEqual(written(host), written(plain));
});

dearTest("resume goes on with the release that the run began with, and with no other", async () => {
  const lab = await ReleaseLab.create();
  const flash = new ReplacingHost(`${FLASH} --journal /j`, lab.files, {});
  strictEqual(await main(flash), 0, flash.stderr.text);
  const absolute = new Map([...flash.files].flatMap(([path, bytes]) => [
    [path, bytes] as const,
    ...(path.startsWith("/") ? [] : [[`/${path}`, bytes], [`//${path}`, bytes]] as const),
  ]));
  const same = new ReplacingHost("resume /j", absolute, {});
  strictEqual(await main(same), 0, same.stderr.text);
  // As well signed, and newer.
  await lab.pack("r8.suit", "signed.yaml", 8);
  absolute.set("/r7.suit", lab.files.get("r8.suit")!);
  const other = new ReplacingHost("resume /j", absolute, {});
  strictEqual(await main(other), 2);
  match(other.stderr.text, /the signed release is not what the run began with/);
});

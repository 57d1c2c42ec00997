import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { RunFiles } from "../../../src/adapters/mod.ts";
import { concatBytes } from "../../../src/core/mod.ts";
import { main } from "../../../src/cli/main.ts";
import { MemoryHost } from "./_host.ts";

const CONFIGS = new URL("../../../configs/", import.meta.url);
const STATE = "/home/a/.local/state/canvoy";
const BROKEN = "2026-11-30T00-00-00.000Z-0000.cborseq";
const BUS = ["--bus", "virtual:x?connect=127.0.0.1:9"];

/** Notes what is done with journals, and whether other runs are kept from beginning meanwhile. */
class WatchedHost extends MemoryHost {
  readonly deeds: string[] = [];
  /** The journal that was made last. */
  created: readonly [path: string, content: Uint8Array] | undefined;
  #isHeld = false;

  constructor(args: readonly string[]) {
    super(args, {
      files: {
        "vcan.yaml": Deno.readFileSync(new URL("vcan.yaml", CONFIGS)),
        [`${STATE}/runs/${BROKEN}`]: new Uint8Array(0),
      },
    });
    for (const { name } of Deno.readDirSync(new URL("images/", CONFIGS))) {
      this.files.set(`images/${name}`, Deno.readFileSync(new URL(`images/${name}`, CONFIGS)));
    }
    const { names, create, lock } = this.runFiles;
    Object.assign(
      this.runFiles,
      {
        names: (folder) => {
          this.#note("look");
          return names(folder);
        },
        create: (path, options) => {
          this.#note("create");
          this.created = [path, options.content];
          return create(path, options);
        },
        lock: (path, what, options) => {
          if (path !== `${STATE}/runs.lock`) return lock(path, what, options);
          ok(!this.#isHeld, "it waits for itself");
          ok(options.waitMs! > 0);
          this.#isHeld = true;
          return { [Symbol.dispose]: () => this.#isHeld = false };
        },
      } satisfies Partial<RunFiles>,
    );
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  #note(deed: string): void {
    this.deeds.push(`${deed}${this.#isHeld ? " alone" : ""}`);
  }
}

Deno.test("no run begins while another one looks at the journals and makes its own", async () => {
  const flash = new WatchedHost(["flash", "vcan.yaml", ...BUS, "--only", "node-1"]);
  strictEqual(await main(flash), 3, "nobody listens there");
  // What is known, what the newest name is, and the journal.
  deepStrictEqual(flash.deeds, ["look alone", "look alone", "create alone"], flash.stderr.text);
  ok(!flash.isHeld);

  for (const words of [["runs", "settle", BROKEN], ["runs", "settle", "none.cborseq"]]) {
    const settle = new WatchedHost(words);
    const status = await main(settle);
    strictEqual(status, words[2] === BROKEN ? 0 : 2, settle.stderr.text);
    ok(settle.deeds.every((deed) => deed.endsWith(" alone")), settle.deeds.join(", "));
    ok(!settle.isHeld);
  }
});

Deno.test("a journal that is kept elsewhere is in nobody's way", async () => {
  const flash = new WatchedHost(["flash", "vcan.yaml", ...BUS, "--journal", "j.cborseq"]);
  strictEqual(await main(flash), 3);
  deepStrictEqual(flash.deeds, ["look", "create"]);
});

Deno.test("resume looks at the journals alone, and begins another one without waiting for itself", async () => {
  const flash = new WatchedHost(["flash", "vcan.yaml", ...BUS, "--only", "node-1"]);
  await main(flash);
  const [path, content] = flash.created!;
  for (const isDamaged of [false, true]) {
    const resume = new WatchedHost(["resume", path]);
    resume.files.set("/vcan.yaml", resume.files.get("vcan.yaml")!);
    for (const [name, bytes] of flash.files) {
      if (name.startsWith("images/")) resume.files.set(`//${name}`, bytes);
    }
    // A journal that is damaged stays as it is.
    const tail = isDamaged ? Uint8Array.of(0xFF, 0, 0xFF, ...content) : new Uint8Array(0);
    resume.files.set(path, concatBytes([content, tail]));
    strictEqual(await main(resume), 3, resume.stderr.text);
    deepStrictEqual(
      resume.deeds,
      ["look alone", ...(isDamaged ? ["look alone", "look alone", "create alone"] : [])],
      resume.stderr.text,
    );
    ok(!resume.isHeld);
  }
});

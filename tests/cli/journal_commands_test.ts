import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { encodeJournalHeader, readJournal } from "../../src/journal/mod.ts";
import { denoFolder } from "../support/canvoy_process.ts";
import { type FinishedCanvoy, runCanvoy } from "../support/canvoy_run.ts";
import { dearTest } from "../support/dear.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;
const FLEET = new URL("../../configs/minimal.yaml", import.meta.url).pathname;

/** canvoy with a state folder of its own. */
class Bench implements Disposable {
  readonly folder = Deno.realPathSync(Deno.makeTempDirSync());
  readonly state = `${this.folder}/state`;

  run(args: readonly string[]): Promise<FinishedCanvoy> {
    return runCanvoy(args, { XDG_STATE_HOME: this.state });
  }

  /** Runs canvoy as its launcher starts it, with no more rights than its words need. */
  launch(args: readonly string[], env: Readonly<Record<string, string>> = {}): FinishedCanvoy {
    return this.shell('exec "$0" "$@"', args, env);
  }

  /** Runs the launcher behind what a shell does first. */
  shell(
    script: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): FinishedCanvoy {
    const { code, stdout, stderr } = new Deno.Command("sh", {
      args: ["-c", script, `${PROJECT}/scripts/canvoy`, ...args],
      env: { XDG_STATE_HOME: this.state, ...env },
      stdin: "null",
    }).outputSync();
    const decoder = new TextDecoder();
    return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** Nodes of a bus within the process end with it: their journals lie by themselves. */
  journals(): readonly string[] {
    const runs = `${this.state}/canvoy/rehearsals`;
    try {
      return [...Deno.readDirSync(runs)].map(({ name }) => `${runs}/${name}`).sort();
    } catch {
      return [];
    }
  }

  /** A fleet of its own, that can be changed. */
  copyFleet(): string {
    Deno.mkdirSync(`${this.folder}/images`);
    const text = Deno.readTextFileSync(FLEET);
    const [image] = /images\/[\w.]+/.exec(text)!;
    Deno.copyFileSync(`${PROJECT}/configs/${image}`, `${this.folder}/${image}`);
    Deno.writeTextFileSync(`${this.folder}/fleet.yaml`, text);
    return `${this.folder}/fleet.yaml`;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

function lastLine(run: FinishedCanvoy): { readonly error?: { readonly code: string } } {
  return JSON.parse(run.stdout.trimEnd().split("\n").at(-1)!);
}

Deno.test("flash keeps a journal of all its events and says first where it is", async () => {
  using bench = new Bench();
  const run = await bench.run(["flash", FLEET, "--virtual-time", "--json", "--only", "node"]);
  strictEqual(run.status, 0, run.stderr);
  const [path, ...others] = bench.journals();
  deepStrictEqual(others, []);
  strictEqual(run.stderr.split("\n")[0], `journal: ${path}`);
  ok(!run.stderr.includes("canvoy resume"), "nothing is left to do");
  const journal = readJournal(Deno.readFileSync(path!));
  deepStrictEqual(journal.header.args, ["flash", FLEET, "--only", "node"]);
  strictEqual(journal.tail, "whole");
  ok(journal.isComplete);
  const lines = run.stdout.trimEnd().split("\n").slice(0, -1).map((line) => JSON.parse(line));
  deepStrictEqual(JSON.parse(JSON.stringify(journal.events)), lines);
  match((await bench.run(["resume"])).stderr, /Cannot resume: no run in .* is unfinished/);
});

Deno.test("flash ends with 3 before the first frame where no journal can be kept", () => {
  using bench = new Bench();
  Deno.writeTextFileSync(`${bench.folder}/file`, "");
  const trace = `${bench.folder}/trace.log`;
  const flash = ["flash", FLEET, "--virtual-time", "--json", "--trace", trace];
  const cases: readonly [readonly string[], Readonly<Record<string, string>>, string][] = [
    [flash, { XDG_STATE_HOME: `${bench.folder}/file` }, "FILE_UNWRITABLE"],
    [flash, { XDG_STATE_HOME: "", HOME: "" }, "STATE_FOLDER"],
    [[...flash, "--journal", `${bench.folder}/file/a`], {}, "FILE_UNWRITABLE"],
    [[...flash, "--journal", `${bench.folder}/file`], {}, "FILE_EXISTS"],
  ];
  for (const [args, env, code] of cases) {
    const run = bench.launch(args, { DENO_DIR: denoFolder(), ...env });
    strictEqual(lastLine(run).error?.code, code, run.stderr);
    strictEqual(run.status, code === "FILE_EXISTS" ? 2 : 3);
    strictEqual(traceLength(trace), 0);
  }
});

Deno.test("flash stops safely and says so when the disk fills up, and resume goes on", async () => {
  using bench = new Bench();
  const journal = `${bench.folder}/run.cborseq`;
  // A file of this process ends after so many blocks of 512 bytes, as on a full disk.
  const full = bench.shell(
    'trap "" XFSZ; ulimit -f 4; exec "$0" "$@"',
    ["flash", FLEET, "--virtual-time", "--json", "--journal", journal],
  );
  strictEqual(full.status, 3, full.stderr);
  strictEqual(lastLine(full).error?.code, "FILE_UNWRITABLE");
  match(full.stderr, new RegExp(`go on with: canvoy resume ${journal}\n`));
  match(full.stdout, /"type":"nodeCancelled"/);
  strictEqual(readJournal(Deno.readFileSync(journal)).isComplete, false);

  const resumed = await bench.run(["resume", journal, "--virtual-time"]);
  strictEqual(resumed.status, 0, resumed.stderr);
  const { isComplete, tail } = readJournal(Deno.readFileSync(journal));
  deepStrictEqual({ isComplete, tail }, { isComplete: true, tail: "whole" });
});

Deno.test("resume refuses a run whose files have changed, and other files", async () => {
  using bench = new Bench();
  const fleet = bench.copyFleet();
  const journal = `${bench.folder}/run.cborseq`;
  strictEqual(
    (await bench.run(["flash", fleet, "--virtual-time", "--journal", journal])).status,
    0,
  );
  const refused = async (): Promise<string> => {
    const run = await bench.run(["resume", journal, "--virtual-time", "--json"]);
    strictEqual(run.status, 2, run.stderr);
    return lastLine(run).error!.code;
  };
  const text = Deno.readTextFileSync(fleet);
  Deno.writeTextFileSync(fleet, `${text}# changed\n`);
  strictEqual(await refused(), "RESUME_CHANGED");
  Deno.writeTextFileSync(fleet, text);
  const [image] = [...Deno.readDirSync(`${bench.folder}/images`)];
  const path = `${bench.folder}/images/${image!.name}`;
  const bytes = Deno.readFileSync(path);
  Deno.writeFileSync(path, new Uint8Array([...bytes, 0x0A]));
  strictEqual(await refused(), "RESUME_CHANGED");
  Deno.writeFileSync(path, bytes);
  strictEqual((await bench.run(["resume", journal, "--virtual-time"])).status, 0);
  Deno.writeFileSync(journal, bytes);
  strictEqual(await refused(), "JOURNAL_FORMAT");
});

Deno.test("resume goes on with a signed release in any folder, and with no other release", async () => {
  using bench = new Bench();
  const { folder } = bench;
  const good = async (line: string): Promise<FinishedCanvoy> => {
    const run = await bench.run(line.replaceAll("@", `${folder}/`).split(" "));
    strictEqual(run.status, 0, `${line}\n${run.stderr}`);
    return run;
  };
  Deno.mkdirSync(`${folder}/images`);
  for (const { name } of Deno.readDirSync(`${PROJECT}/configs/images`)) {
    Deno.copyFileSync(`${PROJECT}/configs/images/${name}`, `${folder}/images/${name}`);
  }
  Deno.copyFileSync(`${PROJECT}/configs/signed.yaml`, `${folder}/signed.yaml`);
  Deno.writeFileSync(`${folder}/unlock.key`, new Uint8Array(16).fill(0x5A), { mode: 0o600 });
  const pack = async (bundle: string, sequence: number): Promise<void> => {
    const options = `--vendor example.com --sequence ${sequence} --output @${bundle}`;
    await good(`bundle pack @signed.yaml ${options}`);
    await good(`bundle sign @${bundle} --key @a.pem`);
  };
  await good("bundle keygen @a.pem");
  await good("bundle trust @trust.cbor --key @a.pem.pub --expires 2999-01-01");
  await good("bundle sign @trust.cbor --key @a.pem");
  await pack("r7.suit", 7);

  const names = ["signed.yaml", "--bundle", "r7.suit", "--trust", "trust.cbor"];
  const full = bench.shell(
    `cd ${folder}; trap "" XFSZ; ulimit -f 8; exec "$0" "$@"`,
    ["flash", ...names, "--journal", "run.cborseq", "--virtual-time"],
  );
  strictEqual(full.status, 3, full.stderr);
  const release = Deno.readFileSync(`${folder}/r7.suit`);
  Deno.writeFileSync(`${folder}/r7.suit`, release.subarray(0, -1));
  strictEqual((await bench.run(["resume", `${folder}/run.cborseq`, "--virtual-time"])).status, 2);
  Deno.removeSync(`${folder}/r7.suit`);
  await pack("r7.suit", 8);
  const other = await bench.run(["resume", `${folder}/run.cborseq`, "--virtual-time", "--json"]);
  strictEqual(lastLine(other).error?.code, "RESUME_CHANGED", other.stderr);
  Deno.writeFileSync(`${folder}/r7.suit`, release);
  const { stdout } = await good("resume @run.cborseq --virtual-time --json");
  strictEqual((lastLine({ ...full, stdout }) as { done?: number }).done, 4);
  const { isComplete, header } = readJournal(Deno.readFileSync(`${folder}/run.cborseq`));
  ok(isComplete);
  deepStrictEqual(header.args, [
    "flash",
    ...names.map((name) => name.startsWith("--") ? name : `${folder}/${name}`),
  ]);
});

Deno.test("resume takes neither leave to run programs nor files to write from a journal", () => {
  using bench = new Bench();
  const fleet = bench.copyFleet();
  const text = Deno.readTextFileSync(fleet);
  Deno.writeTextFileSync(fleet, text.replace(/security: .*/, "security: { module: key.js }"));
  const [seen, trace] = [`${bench.folder}/seen.cborseq`, `${bench.folder}/trace.log`];
  Deno.writeTextFileSync(
    `${bench.folder}/key.js`,
    `export default ({ seed }) => seed; Deno.stderr.writeSync(new TextEncoder().encode("it ran"));`,
  );
  const journal = `${bench.folder}/run.cborseq`;
  const allowed = ["--allow-key-programs", "--virtual-time"];
  strictEqual(bench.launch(["flash", fleet, ...allowed, "--journal", journal]).status, 0);
  const { header } = readJournal(Deno.readFileSync(journal));
  const args = [...header.args, "--allow-key-programs", "--trace", trace, "--journal", seen];
  Deno.writeFileSync(journal, encodeJournalHeader({ ...header, args }));
  const run = bench.launch(["resume", journal, "--virtual-time", "--json"]);
  strictEqual(run.status, 2, run.stderr);
  strictEqual(lastLine(run).error?.code, "KEY_PROGRAM_REFUSED");
  ok(!run.stderr.includes("it ran"));
  const resumed = bench.launch(["resume", journal, ...allowed]);
  strictEqual(resumed.status, 0, resumed.stderr);
  ok(resumed.stderr.includes("it ran"));
  strictEqual(traceLength(trace) + traceLength(seen), 0);
});

type Runs = (bench: Bench, args: readonly string[]) => FinishedCanvoy | Promise<FinishedCanvoy>;

/** Resumes runs whose journal names other command lines than were ever given. */
async function resumeHostile(runs: Runs): Promise<void> {
  using bench = new Bench();
  const fleet = bench.copyFleet();
  const journal = `${bench.folder}/run.cborseq`;
  strictEqual(
    (await bench.run(["flash", fleet, "--virtual-time", "--journal", journal])).status,
    0,
  );
  const { header } = readJournal(Deno.readFileSync(journal));
  const victim = `${bench.folder}/victim`;
  Deno.writeTextFileSync(victim, "as it was");
  const refused = async (args: readonly string[]): Promise<void> => {
    Deno.writeFileSync(journal, encodeJournalHeader({ ...header, args }));
    const run = await runs(bench, ["resume", journal, "--virtual-time", "--json"]);
    strictEqual(run.status, 2, `${args.slice(0, 9)}: ${run.stdout}${run.stderr}`);
    // The launcher has no JSON where it can give no right to a path.
    if (run.stdout !== "") ok(lastLine(run).error?.code !== undefined);
    ok(run.stderr !== "");
  };
  await refused([]);
  await refused(["flash"]);
  await refused(["flash", "--help"]);
  await refused(["--version", "flash", fleet]);
  await refused(["flash", fleet, fleet]);
  await refused(["flash", fleet, "--image"]);
  await refused(["flash", fleet, "--eval", "1"]);
  await refused(["bundle", "sign", victim, "--key", victim]);
  await refused(["init", victim]);
  await refused(["runs", "settle", "run.cborseq"]);
  await refused(["flash", "/etc/shadow"]);
  await refused(["flash", victim]);
  await refused(["flash", `${fleet},/etc`]);
  await refused(["flash", "\u001b]0;x\u0007", "--image", "\n"]);
  await refused(["flash", fleet, ...Array.from({ length: 2000 }, () => "--only=x")]);
  // What only says how a run is shown, or where it writes, is left out.
  const words = ["--state", `${bench.folder}/elsewhere`, "--report", victim, "--csv", victim];
  Deno.writeFileSync(journal, encodeJournalHeader({ ...header, args: [...header.args, ...words] }));
  const run = await runs(bench, ["resume", journal, "--virtual-time", "--json"]);
  strictEqual(run.status, 0, run.stderr);
  strictEqual(Deno.readTextFileSync(victim), "as it was");
  strictEqual(traceLength(`${bench.folder}/elsewhere`), 0);
}

Deno.test("resume takes a hostile command line from a journal for what it is", () =>
  resumeHostile((bench, args) => bench.run(args)));

dearTest(
  "the launcher gives no rights to a hostile command line from a journal",
  () => resumeHostile((bench, args) => bench.launch(args)),
);

function traceLength(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

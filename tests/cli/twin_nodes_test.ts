import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { CanvoyRun, startSim } from "../support/canvoy_run.ts";

const FIXTURES = new URL("../fixtures/twins/", import.meta.url).pathname;
const IMAGE = new URL("../../configs/images/f407_v2.hex", import.meta.url).pathname;

/** Two runs of `sim` with a node each, of different hardware, on one pair of identifiers. */
async function withTwins(
  body: (fleet: string, url: string, sims: readonly CanvoyRun[]) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    for (const name of ["dupA.yaml", "dupB.yaml"]) {
      Deno.copyFileSync(`${FIXTURES}${name}`, `${folder}/${name}`);
    }
    Deno.copyFileSync(IMAGE, `${folder}/f407_v2.hex`);
    const fleet = `${folder}/dupA.yaml`;
    const { sim: first, joins } = await startSim(fleet, "-v");
    await using _first = first;
    const url = joins[1]!.replace(/^[^=]*=(?=virtual:)/, "");
    await using second = new CanvoyRun(["sim", `${folder}/dupB.yaml`, "-v", "--bus", url]);
    await second.until(/node/);
    await body(fleet, url, [first, second]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** On a busy host the second answer comes later than is waited for: then it is asked again. */
async function toldOnce(args: readonly string[], what: RegExp, status: number): Promise<string> {
  let told = "";
  let ended: number | undefined;
  for (let i = 0; i < 20 && !what.test(told); i++) {
    await using run = new CanvoyRun(args);
    ended = await run.ended();
    told = run.stdout + run.stderr;
  }
  match(told, what);
  strictEqual(ended, status, told);
  return told;
}

Deno.test("flash refuses two nodes on one pair of identifiers, and erases nothing on either", async () => {
  await withTwins(async (fleet, url, sims) => {
    await using flash = new CanvoyRun(["flash", fleet, "--bus", url, "--yes", "--json"]);
    strictEqual(await flash.ended(), 1, flash.stderr);
    const records = flash.records();
    const [refused] = records.filter(({ type }) => type === "nodeRefused");
    const { code, message } = refused!.error as { code: string; message: string };
    strictEqual(code, "TWIN_NODES");
    match(message, /"62 F1 91 48 57 2D 41" \(HW-A\)/);
    match(message, /"62 F1 91 48 57 2D 42" \(HW-B\)/);
    deepStrictEqual(records.filter(({ type }) => type === "segmentPhase"), []);
    for (const sim of sims.toReversed()) {
      sim.kill("SIGTERM");
      strictEqual(await sim.ended(), 0, sim.stderr);
      ok(!/eras|writ/i.test(sim.stdout), sim.stdout);
    }
  });
});

Deno.test("verify, doctor and scan tell two nodes on one pair of identifiers", async () => {
  await withTwins(async (fleet, url) => {
    await toldOnce(["verify", fleet, "--bus", url, "--json"], /"type":"nodeRefused"/, 1);
    const twins = await toldOnce(["doctor", fleet, "--bus", url, "--json"], /"NODE_TWINS"/, 1);
    match(twins, /two nodes have its identifiers/);
    match(twins, /a request to all is answered on 0x7E8"/);
    await toldOnce(["doctor", "--bus", url, "--json"], /"TWO_ANSWER"/, 1);
    await toldOnce(
      ["scan", "--bus", url, "--range", "0x7E0-0x7E7"],
      /two nodes answer on 0x7E0\/0x7E8: .*HW-A.*HW-B/,
      0,
    );
  });
});

/** Each command once by its launcher, with no more rights than its words need. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { COMMANDS } from "../../src/cli/commands_table.ts";
import { CanvoyProcess } from "../support/canvoy_process.ts";
import { dearTest } from "../support/dear.ts";
import { withFolder } from "../support/programs.ts";

const CONFIGS = new URL("../../configs/", import.meta.url).pathname;
const RELEASE = "--bundle @r7.suit --trust @trust.cbor";

/** Command lines in the order in which they are run, with the exit statuses that they may have where it is
 * not 0; `@` is their folder. */
const LINES: readonly (readonly [line: string, ...statuses: number[]])[] = [
  ["init @new.yaml"],
  ["plan @minimal.yaml"],
  ["plan @minimal.yaml --conversation node"],
  ["profile list"],
  ["profile show textbook"],
  ["profile check @minimal.yaml"],
  ["profile try @minimal.yaml --virtual"],
  ["flash @minimal.yaml --virtual-time --json --journal @run.cborseq --trace @run.log"],
  ["flash @minimal.yaml --virtual-time --report @a.html --junit @a.xml --csv @a.csv"],
  ["verify @minimal.yaml --virtual-time", 4],
  ["resume @run.cborseq --virtual-time"],
  ["replay @run.cborseq"],
  ["trace explain @run.log --fleet @minimal.yaml"],
  ["runs --state @state"],
  ["runs settle left.cborseq --state @state"],
  ["runs forget 4711-0815 --state @state", 2],
  ["runs clean --keep 0 --state @state"],
  ["image info @images/f407_v2.hex"],
  ["image convert @images/f407_v2.hex --output @f407.s19"],
  ["bundle keygen @a.pem"],
  ["bundle trust @trust.cbor --key @a.pem.pub --expires 2999-01-01"],
  ["bundle sign @trust.cbor --key @a.pem"],
  ["bundle pack @signed.yaml --vendor example.com --sequence 7 --output @r7.suit"],
  ["bundle sign @r7.suit --key @a.pem"],
  ["bundle verify @r7.suit --trust @trust.cbor"],
  ["bundle inspect @r7.suit"],
  ["bundle unpack @r7.suit --output @out --trust @trust.cbor"],
  [`plan @signed.yaml ${RELEASE}`],
  [`flash @signed.yaml ${RELEASE} --virtual-time`],
  ["demo --virtual-time --quiet"],
  ["devices H7*"],
  ["explain NRC_31"],
  ["completions bash"],
];

/** What asks nodes of another process; `$` is their bus. */
const ON_A_BUS: readonly (readonly [line: string, ...statuses: number[]])[] = [
  ["scan --bus $ --range 0x7E0-0x7E1"],
  ["doctor @minimal.yaml --bus $"],
  ["doctor --bus $"],
  ["verify @minimal.yaml --bus $", 4],
  // Nodes that this machine plays too late break rules of the document.
  ["group check @group.yaml --bus $ --yes", 0, 1],
  ["flash @minimal.yaml --bus $ --state @own"],
];

function nameOf([line]: readonly [string, ...number[]]): string {
  const names = COMMANDS.map(({ name }) => name).filter((name) =>
    `${line} `.startsWith(`${name} `)
  );
  return names.sort((a, b) => b.length - a.length)[0] ?? "";
}

Deno.test("every command is in the table of those that are run by their launcher", () => {
  const run = new Set([...LINES, ...ON_A_BUS].map(nameOf));
  const left = COMMANDS.map(({ name }) => name).filter((name) => !run.has(name));
  // sim is run beside the others, bench, which takes minutes, by CI itself, and what builds for CAN
  // by the launchers instead of canvoy.
  deepStrictEqual(left.sort(), ["bench", "setup can", "sim"]);
});

dearTest(
  "every command does its work with no more rights than its launcher gives it",
  () =>
    withFolder(async (folder) => {
      for (const name of ["images", "out", "state/runs"]) {
        Deno.mkdirSync(`${folder}/${name}`, { recursive: true });
      }
      for (const { name } of Deno.readDirSync(`${CONFIGS}/images`)) {
        Deno.copyFileSync(`${CONFIGS}/images/${name}`, `${folder}/images/${name}`);
      }
      for (const name of ["minimal.yaml", "signed.yaml"]) {
        Deno.copyFileSync(CONFIGS + name, `${folder}/${name}`);
      }
      Deno.writeFileSync(`${folder}/unlock.key`, new Uint8Array(16).fill(0x5A), { mode: 0o600 });
      Deno.writeTextFileSync(`${folder}/state/runs/left.cborseq`, "");
      const canvoy = async (line: string, statuses: readonly number[], url = ""): Promise<void> => {
        const words = line.replaceAll("@", `${folder}/`).replace("$", url).split(" ");
        await using run = new CanvoyProcess(words);
        const end = await run.ended();
        const isMeant = (statuses.length === 0 ? [0] : statuses).some((status) => status === end);
        ok(isMeant, `${line} ended with ${end}\n${run.stdout}${run.stderr}`);
      };
      for (const [line, ...statuses] of LINES) await canvoy(line, statuses);
      const text = Deno.readTextFileSync(`${folder}/minimal.yaml`);
      const group = text.replace(/( +)security: /, "$1profile: iso14229-group\n$&");
      Deno.writeTextFileSync(`${folder}/group.yaml`, group);
      await using sim = new CanvoyProcess(["sim", `${folder}/group.yaml`]);
      const [, url] = await sim.until(/--bus '(?:[^'=]*=)?(virtual:[^']+)'/);
      for (const [line, ...statuses] of ON_A_BUS) await canvoy(line, statuses, url);
      sim.kill("SIGTERM");
      strictEqual(await sim.ended(), 0, sim.stderr);
    }),
);

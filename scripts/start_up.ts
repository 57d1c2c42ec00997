// deno-lint-ignore-file no-console
/**
 * What it costs to start canvoy: user and system time of all its processes, in units of E, which is
 * what an empty program takes under the same Deno. Each round measures every row and E beside one
 * another, so that what else the machine does hits both; told is the median of the rounds.
 *
 *     deno task start-up [ROUNDS] [PROGRAM]
 *
 * PROGRAM is an installed canvoy; by default it is the one of this checkout. It needs bash, whose
 * `times` tells what a child took. Ends with 1 where a row is above its bound.
 */
const PROJECT = new URL("../", import.meta.url).pathname;
const ROUNDS_DEFAULT = 15;

/** Bounds in E: of a checkout, and of the package, whose Node counts too. */
interface Row {
  readonly args: readonly string[];
  readonly checkoutMax: number;
  readonly packageMax: number;
}

const SPOKEN = { checkoutMax: 1.5, packageMax: 3 };
const ROWS: readonly Row[] = [
  { args: ["--version"], ...SPOKEN },
  { args: ["--help"], ...SPOKEN },
  { args: ["explain", "UDS_TIMEOUT"], ...SPOKEN },
  { args: ["completions", "bash"], ...SPOKEN },
  { args: ["plan", "--oops"], ...SPOKEN },
  { args: ["plan", `${PROJECT}configs/minimal.yaml`], checkoutMax: 7, packageMax: 6.5 },
];

/** CPU time of a command and of all that it started, in seconds. */
async function cpuSeconds(command: readonly string[]): Promise<number> {
  const { stdout } = await new Deno.Command("bash", {
    args: ["-c", '"$@" </dev/null >/dev/null 2>&1; times', "bash", ...command],
    stderr: "inherit",
  }).output();
  const told = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  const parts = [...told.matchAll(/(\d+)m(\d+)[.,](\d+)s/g)];
  if (parts.length !== 2) throw new Error(`Cannot read what bash told: ${told}`);
  return parts.reduce(
    (sum, [, minutes, whole, rest]) => sum + Number(minutes) * 60 + Number(`${whole}.${rest}`),
    0,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const rounds = Number(Deno.args[0] ?? ROUNDS_DEFAULT);
const program = Deno.args[1] ?? `${PROJECT}scripts/canvoy`;
const isPackage = Deno.args[1] !== undefined;
const empty = await Deno.makeTempFile({ suffix: ".ts" });
const emptyRun = [Deno.execPath(), "run", "--no-config", "--no-prompt", empty];
const seconds = new Map<Row, number[]>(ROWS.map((row) => [row, []]));
const ratios = new Map<Row, number[]>(ROWS.map((row) => [row, []]));
const units: number[] = [];
for (let round = 0; round < rounds; round++) {
  for (const row of ROWS) {
    const unit = await cpuSeconds(emptyRun);
    const cost = await cpuSeconds([program, ...row.args]);
    units.push(unit);
    seconds.get(row)!.push(cost);
    ratios.get(row)!.push(cost / unit);
  }
}
await Deno.remove(empty);

console.log(`E = ${median(units).toFixed(3)} s, ${rounds} rounds, ${program}`);
let isWithin = true;
for (const row of ROWS) {
  const bound = isPackage ? row.packageMax : row.checkoutMax;
  const ratio = median(ratios.get(row)!);
  isWithin &&= ratio <= bound;
  const words = row.args.join(" ").replace(PROJECT, "");
  console.log(
    `${words.padEnd(30)} ${median(seconds.get(row)!).toFixed(3)} s  ${
      ratio.toFixed(2).padStart(6)
    } E` +
      `  at most ${bound}  ${ratio <= bound ? "pass" : "FAIL"}`,
  );
}
if (!isWithin) Deno.exit(1);

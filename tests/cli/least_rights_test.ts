import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { dearTest } from "../support/dear.ts";
import { RUN_OPTIONS } from "../support/run_options.ts";
import { permissionFlags } from "../../scripts/permission_flags.ts";

const PROJECT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const FLEET = `${PROJECT}/configs/minimal.yaml`;
const ENVIRONMENT = ["--allow-env=COLUMNS,NO_COLOR,TERM", "--ignore-env"];
/** For what keeps a journal. */
const STATE_ENVIRONMENT = [
  "--allow-env=COLUMNS,HOME,NO_COLOR,SUDO_USER,TERM,XDG_STATE_HOME",
  "--ignore-env",
];

function flagsOf(args: readonly string[], folder: string): readonly string[] {
  return permissionFlags({
    project: PROJECT,
    args,
    readText: Deno.readTextFileSync,
    stateFolder: `${folder}/canvoy`,
    glance: () => undefined,
    journals: () => [],
  });
}

function run(flags: readonly string[], args: readonly string[], folder: string): number {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", ...RUN_OPTIONS, ...flags, `${PROJECT}/src/cli/main.ts`, ...args],
    cwd: PROJECT,
    env: { XDG_STATE_HOME: folder },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync().code;
}

/** The paths of a flag that names several. */
function pathsOf(flag: string): readonly string[] {
  const [kind = "", values = ""] = flag.split("=");
  const paths = values.split(",");
  return ["--allow-read", "--allow-write"].includes(kind) && paths.length > 1 ? paths : [];
}

function without(flag: string, path: string): string {
  const [kind = "", values = ""] = flag.split("=");
  return `${kind}=${values.split(",").filter((value) => value !== path).join(",")}`;
}

function withFolder(body: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

dearTest(
  "demo, plan and flash get exactly what they need: each right taken away breaks them",
  () => {
    withFolder((folder) => {
      const trace = `${folder}/trace.log`;
      // A trace is bounded: it goes on in two more files at the most.
      const parts = [trace, `${folder}/trace.2.log`, `${folder}/trace.3.log`];
      const state = `${folder}/canvoy`;
      const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
        [["demo", "--virtual-time"], [
          `--allow-read=${PROJECT}`,
          `--allow-write=${state}`,
          ...STATE_ENVIRONMENT,
        ]],
        [["demo", "--signed", "--virtual-time"], [
          `--allow-read=${PROJECT},${state}`,
          `--allow-write=${state}`,
          ...STATE_ENVIRONMENT,
        ]],
        [["plan", FLEET], [`--allow-read=${PROJECT}/configs`, ...ENVIRONMENT]],
        [["flash", FLEET, "--virtual-time", "--trace", trace], [
          `--allow-read=${PROJECT}/configs`,
          `--allow-write=${parts.join(",")},${state}`,
          ...STATE_ENVIRONMENT,
        ]],
      ];
      for (const [args, expected] of cases) {
        const flags = flagsOf(args, folder);
        deepStrictEqual(flags, expected);
        strictEqual(run(flags, args, folder), 0, args.join(" "));
        // Without the names that plan may read they read as not set: only looks would change.
        const needed = args[0] === "plan"
          ? flags.filter((flag) => !flag.startsWith("--allow-env"))
          : flags;
        for (const taken of needed) {
          const left = flags.filter((flag) => flag !== taken);
          ok(run(left, args, folder) !== 0, `${args[0]} without ${taken}`);
          for (const path of pathsOf(taken)) {
            // Only a long trace goes on in further parts.
            if (path !== trace && parts.includes(path)) continue;
            const narrowed = flags.map((flag) => flag === taken ? without(flag, path) : flag);
            ok(run(narrowed, args, folder) !== 0, `${args[0]} without ${path} of ${taken}`);
          }
        }
      }
    });
  },
);

dearTest("sim gets the one address that its bus names, and breaks without it", () => {
  withFolder((folder) => {
    const args = ["sim", FLEET, "--bus", "virtual:bench?listen=127.0.0.1:0"];
    const flags = flagsOf(args, folder);
    deepStrictEqual(flags, [
      `--allow-read=${PROJECT}/configs`,
      "--allow-net=127.0.0.1:0",
      ...ENVIRONMENT,
    ]);
    for (const taken of flags.filter((flag) => !flag.startsWith("--allow-env"))) {
      ok(run(flags.filter((flag) => flag !== taken), args, folder) !== 0, `sim without ${taken}`);
    }
  });
});

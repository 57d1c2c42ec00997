// deno-lint-ignore-file no-console
/**
 * Builds the addon of npm's `socketcan` where `deno install` put it, and proves that it loads.
 *
 *     scripts/setup-can
 *
 * Needs node, make, Python 3 and a C++ compiler, but no root and no CAN. Deno runs no install
 * script, so this runs node-gyp as that script would, always from a clean folder: what a failed
 * try left is never taken for a build. The headers are those of the node that runs; node-gyp left
 * to itself would download them.
 */
const PACKAGE = "node_modules/socketcan";
const ADDON = `${PACKAGE}/build/Release/can.node`;
const TOOLS = ["node", "make", "python3"];
const COMPILERS = ["g++", "clang++", "c++"];
const DEBIAN_HINT = "on Debian: apt-get install make g++ python3";
const TAIL_LINES = 40;

/** What the build is given; everything that it needs has been found. */
interface Build {
  readonly compiler: string;
  /** A folder with `include/node/node_api.h` beneath. */
  readonly nodeDir: string;
}

if (import.meta.main) {
  try {
    build(findTools());
    prove();
    console.error(`canvoy: the socketcan addon is built and loads: ${ADDON}`);
  } catch (error) {
    console.error(`canvoy: ${(error as Error).message}`);
    Deno.exit(3);
  }
}

function findTools(): Build {
  const missing = TOOLS.filter((tool) => !runs(tool));
  const compiler = [Deno.env.get("CXX"), ...COMPILERS].find((name) => name && runs(name));
  if (compiler === undefined) missing.push("a C++ compiler");
  if (missing.length > 0) {
    throw new Error(
      `Cannot build the socketcan addon: ${missing.join(", ")} missing (${DEBIAN_HINT})`,
    );
  }
  return { compiler: compiler!, nodeDir: findNodeDir() };
}

function runs(program: string): boolean {
  try {
    return run(program, ["--version"]).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The folder above `include/node` of the node on the PATH: beside its binary, or the system's. */
function findNodeDir(): string {
  const node = run("node", ["-p", "fs.realpathSync(process.execPath)"]).output.trim();
  const candidates = [
    Deno.env.get("npm_config_nodedir"),
    node.split("/").slice(0, -2).join("/"),
    "/usr",
    "/usr/local",
  ];
  const found = candidates.find((folder) =>
    folder !== undefined && exists(`${folder}/include/node/node_api.h`)
  );
  if (found !== undefined) return found;
  throw new Error(
    `Cannot build the socketcan addon: no include/node/node_api.h belongs to ${node} ` +
      "(on Debian: apt-get install libnode-dev; elsewhere set npm_config_nodedir)",
  );
}

function build({ compiler, nodeDir }: Build): void {
  const folder = Deno.realPathSync(PACKAGE);
  // Deno puts a package's dependencies beside it.
  const nodeGyp = Deno.realPathSync(`${folder}/../node-gyp`) + "/bin/node-gyp.js";
  if (exists(`${folder}/build`)) Deno.removeSync(`${folder}/build`, { recursive: true });
  console.error(`canvoy: building the socketcan addon with ${compiler}, headers of ${nodeDir}`);
  const { success, output } = run("node", [nodeGyp, "rebuild", `--nodedir=${nodeDir}`], {
    cwd: folder,
    env: { CXX: compiler },
  });
  if (success) return;
  console.error(output.split("\n").slice(-TAIL_LINES).join("\n"));
  throw new Error("Cannot build the socketcan addon: node-gyp failed, its last lines stand above");
}

/** Loads the addon as canvoy does, in a process with canvoy's rights. */
function prove(): void {
  const { success, output } = run(Deno.execPath(), [
    "eval",
    "--quiet",
    'await import("socketcan")',
  ]);
  if (success) return;
  console.error(output);
  throw new Error("Cannot load the socketcan addon: it was built, and failed as shown above");
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function run(
  program: string,
  args: readonly string[],
  options: Pick<Deno.CommandOptions, "cwd" | "env"> = {},
): { success: boolean; output: string } {
  const { success, stdout, stderr } = new Deno.Command(program, { args: [...args], ...options })
    .outputSync();
  const decoder = new TextDecoder();
  return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

import { match, strictEqual } from "node:assert/strict";
import { dearTest } from "../support/dear.ts";
import { RUN_OPTIONS } from "../support/run_options.ts";

const PROJECT = new URL("../../", import.meta.url).pathname;

dearTest(
  "without its addon a Linux interface is refused with what builds it, and all else runs",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "canvoy-addon-" });
    try {
      await layWithoutAddon(folder);
      const doctor = await run(folder, "doctor", "--bus", "socketcan:vcan0");
      strictEqual(doctor.code, 3);
      match(
        doctor.stderr,
        /vcan0: npm's socketcan is not built for this node: scripts\/setup-can\n/,
      );
      match(doctor.stderr, /needs node, make, Python 3 and a C\+\+ compiler, and no root/);
      const demo = await run(folder, "demo", "--virtual-time");
      strictEqual(demo.code, 0, demo.stderr);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

/** The project as it is installed, but nobody has built the addon. */
async function layWithoutAddon(folder: string): Promise<void> {
  for (const name of ["deno.json", "deno.lock", "package.json"]) {
    await Deno.copyFile(PROJECT + name, `${folder}/${name}`);
  }
  for (const name of ["src", "configs", "mod.ts"]) {
    await Deno.symlink(PROJECT + name, `${folder}/${name}`);
  }
  await Deno.mkdir(`${folder}/node_modules`);
  for await (const { name } of Deno.readDir(`${PROJECT}node_modules`)) {
    if (name.startsWith(".") || name === "socketcan") continue;
    await Deno.symlink(
      await Deno.realPath(`${PROJECT}node_modules/${name}`),
      `${folder}/node_modules/${name}`,
    );
  }
  // Copies: what is behind a link would find what is built beside it.
  const from = `${PROJECT}node_modules/socketcan`;
  const to = `${folder}/node_modules/socketcan`;
  await Deno.mkdir(`${to}/dist`, { recursive: true });
  await Deno.copyFile(`${from}/package.json`, `${to}/package.json`);
  for await (const { name } of Deno.readDir(`${from}/dist`)) {
    await Deno.copyFile(`${from}/dist/${name}`, `${to}/dist/${name}`);
  }
}

async function run(folder: string, ...args: string[]): Promise<{ code: number; stderr: string }> {
  const flags = [...RUN_OPTIONS, "-A"];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...flags, `${folder}/src/cli/main.ts`, ...args],
    cwd: folder,
    stdin: "null",
    stdout: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

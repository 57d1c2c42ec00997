import { ok, strictEqual } from "node:assert/strict";
import { RUN_OPTIONS } from "../support/run_options.ts";

const MAIN = new URL("../../src/cli/main.ts", import.meta.url).pathname;

/** canvoy with the rights that its launcher would give it for these words. */
function canvoy(args: readonly string[], rights: readonly string[] = []): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      ...RUN_OPTIONS,
      "--allow-env=COLUMNS,NO_COLOR,TERM",
      "--ignore-env",
      ...rights,
      MAIN,
      ...args,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

Deno.test("canvoy --help needs no rights and ends with 0", async () => {
  const { code, stdout, stderr } = await canvoy(["--help"]).output();
  strictEqual(text(stderr), "");
  strictEqual(code, 0);
  ok(text(stdout).startsWith("canvoy updates the firmware of many STM32 nodes"));
});

Deno.test("canvoy ends with 2 and says what was probably meant", async () => {
  const { code, stdout, stderr } = await canvoy(["image", "inof"]).output();
  strictEqual(code, 2);
  strictEqual(text(stdout), "");
  ok(text(stderr).includes('did you mean "info"?'));
});

Deno.test("canvoy image info reads a compiled file with no right but to that file", async () => {
  const file = new URL("../fixtures/f407_v2.elf", import.meta.url).pathname;
  const { code, stdout, stderr } = await canvoy(
    ["image", "info", file, "--json"],
    [`--allow-read=${file}`],
  ).output();
  strictEqual(code, 0, text(stderr));
  const summary = JSON.parse(text(stdout));
  strictEqual(summary.bytes, 64960);
  strictEqual(
    summary.checksums.sha256.toLowerCase(),
    "5c99b6633528009588e6867a7fd3c4a2009f95cc0dca6fffe3f25b9cc8269a85",
  );
});

Deno.test("canvoy takes a closed pipe on output as no failure", async () => {
  const child = canvoy(["--help"]).spawn();
  await child.stdout.cancel();
  const stderr = await new Response(child.stderr).text();
  const { code } = await child.status;
  strictEqual(stderr, "");
  strictEqual(code, 0);
});

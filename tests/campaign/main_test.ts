import { match, ok, strictEqual } from "node:assert/strict";
import { dearTest } from "../support/dear.ts";

const PROJECT = new URL("../..", import.meta.url).pathname;

function command(...args: readonly string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", `--allow-read=${PROJECT}`, "tests/campaign/main.ts", ...args],
    cwd: PROJECT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  });
}

dearTest(
  "campaign --nightly runs fresh worlds until told to stop, and says how quick it is",
  async () => {
    const child = command("--nightly", "--first", "11", "--seeds", "4", "--workers", "2").spawn();
    let text = "";
    let told = 0;
    for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const lines = text.match(/^\d+ seeds, 0 findings, \d+\.\d seeds\/s$/gm) ?? [];
      if (lines.length >= 2 && told < 2) child.kill("SIGINT");
      told = lines.length;
    }
    strictEqual((await child.status).code, 0, text);
    match(text, /^worlds from 11 on, until told to stop\n4 seeds, /);
    ok(told >= 2, text);
  },
);

dearTest(
  "campaign repeats one world, one power cut, one killed host and one state folder by what it prints",
  async () => {
    for (
      const args of [
        ["--swarm", "11"],
        ["--cut", "STM32G474RE:3", "--seed", "7"],
        ["--cut", "STM32G474RE:3", "--group", "--seed", "7"],
        ["--kill", "17"],
        ["--kill", "17", "--group"],
        ["--folder", "11"],
      ]
    ) {
      const { code, stdout } = await command(...args).output();
      strictEqual(new TextDecoder().decode(stdout), "nothing found\n", args.join(" "));
      strictEqual(code, 0);
    }
  },
);

dearTest("campaign tells of memory that grows, and fails", async () => {
  // Four worlds are run before a stop is looked at; each answer of a worker tells the memory held.
  const child = command("--nightly", "--first", "11", "--seeds", "4", "--memory", "1").spawn();
  let text = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (/seeds\/s$/m.test(text)) child.kill("SIGINT");
  }
  strictEqual((await child.status).code, 1, text);
  match(text, /^ {2}\d+ MiB of memory are held$/m);
});

Deno.test("campaign tells of a world that throws, and fails", async () => {
  const { code, stdout } = await command("--cut", "STM32G474RE:999999").output();
  strictEqual(code, 1);
  match(new TextDecoder().decode(stdout), /1 found\n$/);
});

import { match, strictEqual } from "node:assert/strict";
import { readCanLink } from "../../../src/adapters/mod.ts";

const CHANNEL = new URL("../../../src/adapters/socketcan_channel.ts", import.meta.url).href;

Deno.test("readCanLink() tells interfaces that are none of CAN, and missing ones", async () => {
  strictEqual((await readCanLink("lo"))?.isCan, false);
  strictEqual(await readCanLink("canvoy-missing"), undefined);
});

Deno.test.each([
  ["fails", "echo RTNETLINK answers: Try again >&2; exit 2", /the program ip fails: .*Try again/],
  ["is another program", "echo lo", /the program ip says nothing that can be read/],
  ["hangs", "kill -USR1 $PPID; exec sleep 1000", /the program ip says nothing that can be read/],
])("readCanLink() does not take an interface for missing when ip $0", async (_, ip, expected) => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/ip`, `#!/bin/sh\n${ip}\n`, { mode: 0o755 });
    const code = `const { readCanLink } = await import("${CHANNEL}");
      const asking = new AbortController();
      Deno.addSignalListener("SIGUSR1", () => asking.abort());
      await readCanLink("lo", asking.signal).catch((error) => console.log(error.message));
      Deno.exit();`;
    // In a process of its own, whose PATH leads to that ip.
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--frozen", "--cached-only", code],
      env: { PATH: `${folder}:${Deno.env.get("PATH")}` },
    }).output();
    match(new TextDecoder().decode(stdout), expected);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

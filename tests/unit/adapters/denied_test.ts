import { ok, rejects, strictEqual, throws } from "node:assert/strict";
import {
  connectTcpBus,
  createCommandKeySource,
  listJournals,
  loadModuleKeySource,
  openLibraryKeySource,
  readCanLink,
  serveTcpBus,
  startPageServer,
  toFileError,
  writeSecretFile,
} from "../../../src/adapters/mod.ts";
import { isDenied } from "../../../src/adapters/denied.ts";
import { VirtualClock } from "../../../src/core/mod.ts";
import { VirtualBus } from "../../../src/sim/mod.ts";

/** A test that has no rights at all: whatever it asks for is denied, and nothing is absent. */
function deniedTest(name: string, body: () => void | Promise<void>): void {
  Deno.test({ name, permissions: "none", fn: body });
}

const DENIED = { message: /permission denied/ };

deniedTest(
  "a bus over TCP that may not be reached is not told as one that nobody has",
  async () => {
    const clock = new VirtualClock();
    for (const host of ["127.0.0.1", "localhost", "::1"]) {
      await rejects(connectTcpBus({ connect: { host, port: 9 }, clock }), {
        ...DENIED,
        code: "TCP_BUS_DENIED",
        failure: "denied",
      });
      const bus = new VirtualBus({ name: "a", bitRates: { bitrateBps: 500_000 }, clock, seed: 1 });
      throws(() => serveTcpBus({ bus, listen: { host, port: 9 } }), {
        ...DENIED,
        code: "TCP_BUS_DENIED",
      });
    }
  },
);

deniedTest("a page that may not be served is told so", () => {
  const options = { port: 9, files: new Map(), snapshot: () => "", connect: () => () => {} };
  throws(() => startPageServer({ ...options, actions: new Map(), token: "" }), DENIED);
});

deniedTest("journals that may not be read do not count as none", () => {
  throws(() => [...listJournals("/state/runs")], { code: "FILE_UNREADABLE", ...DENIED });
});

Deno.test("a journal that the system lets nobody read does not count as none", () => {
  const folder = Deno.makeTempDirSync();
  try {
    strictEqual([...listJournals(`${folder}/none`)].length, 0);
    Deno.writeTextFileSync(`${folder}/a`, "");
    throws(() => [...listJournals(`${folder}/a`)], { code: "FILE_UNREADABLE" });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

deniedTest("key programs that may not run are not told as broken ones", async () => {
  const challenge = { level: 1, seed: Uint8Array.of(1) };
  throws(() => createCommandKeySource("/bin/true", []).computeKey(challenge), DENIED);
  throws(() => openLibraryKeySource("/lib/key.so"), DENIED);
  await rejects(loadModuleKeySource("/lib/key.js"), DENIED);
  throws(() => writeSecretFile("/key", new Uint8Array(1)), { code: "FILE_UNWRITABLE", ...DENIED });
});

deniedTest("a program ip that may not run is not one to install", async () => {
  await rejects(readCanLink("can0"), (error: Error & { code: string }) => {
    strictEqual(error.code, "SOCKETCAN_DENIED");
    ok(!error.message.includes("apt-get"));
    return true;
  });
});

Deno.test("isDenied() knows Deno's errors, Node's codes and what they led to", () => {
  const node = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
  const denied = [
    new Deno.errors.PermissionDenied("x"),
    new Deno.errors.NotCapable("x"),
    node,
    new Error("outer", { cause: node }),
  ];
  for (const error of denied) ok(isDenied(error), String(error));
  const others = [new Deno.errors.NotFound("x"), new Error("x"), undefined, "EACCES"];
  for (const error of others) ok(!isDenied(error), String(error));
  strictEqual(
    toFileError(node, "f", "FILE_UNREADABLE").message,
    "Cannot read f: permission denied",
  );
});

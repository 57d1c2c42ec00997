// An interface that goes away in the middle of an update and comes back, on the kernel's sockets.
import { match, ok, strictEqual } from "node:assert/strict";
import { canTest, run, sleep } from "./_can.ts";
import { type Beside, canvoy, canvoyBeside, startSim, withFolder, writeFleet } from "./_canvoy.ts";

const INTERFACE = "vcan3";
const NODES = 8;

async function up(): Promise<void> {
  await run("ip", "link", "set", INTERFACE, "up");
}

async function remake(): Promise<void> {
  await run("ip", "link", "add", "dev", INTERFACE, "type", "vcan");
  await run("ip", "link", "set", INTERFACE, "mtu", "72", "txqueuelen", "1000", "up");
}

/** Takes the interface away once data flows. */
async function flashAndLeave(
  folder: string,
  leave: readonly string[],
  options: readonly string[] = [],
): Promise<{ readonly fleet: string; readonly flash: Beside }> {
  const fleet = writeFleet(folder, { interfaceName: INTERFACE, nodeCount: NODES });
  const flash = canvoyBeside(folder, "flash", ["flash", fleet, "--json", "--yes", ...options]);
  await flash.says('"segmentProgress"');
  await run("ip", "link", ...leave);
  await flash.says('"state":"stopped"');
  return { fleet, flash };
}

function nodesDone(text: string): number {
  return text.split("\n").filter((line) => line.includes('"type":"nodeDone"')).length;
}

for (const seconds of [2, 12, 40]) {
  canTest(
    `canvoy flash waits for an interface that is down for ${seconds} s`,
    () =>
      withFolder(async (folder) => {
        const before = writeFleet(folder, { interfaceName: INTERFACE, nodeCount: NODES });
        await using _sim = await startSim(folder, before);
        try {
          const { flash } = await flashAndLeave(folder, ["set", INTERFACE, "down"]);
          await sleep(seconds * 1000);
          await up();
          const code = await flash.finished();
          strictEqual(code, 0, flash.text.slice(-3000));
          strictEqual(nodesDone(flash.text), NODES);
          ok(!flash.text.includes('"scope":"node"'), "no try of a node is counted");
        } finally {
          await up();
        }
      }),
  );
}

canTest(
  "canvoy flash goes on with an interface that was deleted and made again",
  () =>
    withFolder(async (folder) => {
      const before = writeFleet(folder, { interfaceName: INTERFACE, nodeCount: NODES });
      await using _sim = await startSim(folder, before);
      const { flash } = await flashAndLeave(folder, ["delete", INTERFACE]);
      await sleep(5000);
      await remake();
      const code = await flash.finished();
      strictEqual(code, 0, flash.text.slice(-3000));
      strictEqual(nodesDone(flash.text), NODES);
    }),
);

for (
  const [what, leave, back] of [
    ["stays down", ["set", INTERFACE, "down"], up],
    ["was deleted", ["delete", INTERFACE], remake],
  ] as const
) {
  canTest(
    `canvoy flash ends with 3 when an interface ${what}, and the same command mends it`,
    () =>
      withFolder(async (folder) => {
        const before = writeFleet(folder, { interfaceName: INTERFACE, nodeCount: NODES });
        await using _sim = await startSim(folder, before);
        let isBack = false;
        try {
          const { fleet, flash } = await flashAndLeave(folder, leave, ["--bus-wait", "3"]);
          strictEqual(await flash.finished(), 3, flash.text.slice(-3000));

          match(flash.text, /"code":"(BUS_AWAY|SOCKETCAN_REMOVED)"/);
          isBack = true;
          await back();
          const again = await canvoy("flash", fleet, "--yes");
          strictEqual(again.code, 0, again.stdout.slice(-3000) + again.stderr);
        } finally {
          if (!isBack) await back();
        }
      }),
  );
}

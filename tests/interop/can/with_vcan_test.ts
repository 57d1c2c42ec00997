import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { canTest, run } from "./_can.ts";
import { projectFile } from "./_canvoy.ts";

canTest(
  "with-vcan uses the kernel's own CAN where it has it, in a network of its own",
  async () => {
    const [kernel, network] = await describe("bash", "-c");
    const [itsKernel, itsNetwork, ...links] = await describe(
      ...[projectFile("scripts/with-vcan"), "bash", "-c"],
    );
    // User-Mode Linux boots anew each time.
    strictEqual(itsKernel, kernel);
    notStrictEqual(itsNetwork, network);
    deepStrictEqual(links, ["vcan0", "vcan1", "vcan2", "vcan3"]);
  },
);

/** What a shell tells of the kernel and the network that it runs in, a line each. */
async function describe(...shell: readonly string[]): Promise<readonly string[]> {
  const script = "cat /proc/sys/kernel/random/boot_id; readlink /proc/self/ns/net; " +
    "ip -brief link show type vcan | cut -d' ' -f1";
  const text = await run(shell[0]!, ...shell.slice(1), script);
  return text.trimEnd().split("\n");
}

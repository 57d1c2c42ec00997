import { match, strictEqual } from "node:assert/strict";
import { canTest, run, sleep } from "./_can.ts";
import { Beside, canvoy, startSim, withFolder, writeFleet } from "./_canvoy.ts";

canTest(
  "canvoy doctor tells nodes that answer from those that do not, and an interface down",
  () =>
    withFolder(async (folder) => {
      const fleet = writeFleet(folder, { interfaceName: "vcan3", nodeCount: 2 });
      {
        await using _sim = await startSim(folder, fleet);
        const healthy = await canvoy("doctor", fleet);
        strictEqual(healthy.code, 0, healthy.stdout + healthy.stderr);
        match(healthy.stdout, /node-1 answers 0x701 on 0x781/);
        const alone = await canvoy("doctor", "--bus", "socketcan:vcan3");
        strictEqual(alone.code, 0, alone.stdout + alone.stderr);
        match(alone.stdout, /a request to all is answered on 0x78[01], 0x78[01]/);
      }
      const quiet = await canvoy("doctor", fleet);
      strictEqual(quiet.code, 1);
      match(quiet.stdout, /node-0 does not answer 0x700, and nobody else is heard/);
      await using _traffic = new Beside(folder, "traffic", "cangen", [
        "vcan3",
        "-g",
        "20",
        "-I",
        "780",
      ]);
      await sleep(300);
      const busy = await canvoy("doctor", fleet);
      match(busy.stdout, /node-0 does not answer 0x700, though somebody sends on 0x780/);
      match(busy.stdout, /node-1 does not answer 0x701, though the bus is alive/);
      const flash = await canvoy("flash", fleet, "--only", "node-1");
      strictEqual(flash.code, 1);
      match(flash.stderr, /node-1 does not answer 0x701, though the bus is alive/);
      await run("ip", "link", "set", "vcan3", "down");
      const down = await canvoy("doctor", fleet);
      await run("ip", "link", "set", "vcan3", "up");
      strictEqual(down.code, 3);
      match(down.stderr, /the interface is down: sudo ip link set vcan3 up/);
    }),
);

canTest(
  "canvoy flash and doctor say that nobody acknowledges, and what empties the queue",
  () =>
    withFolder(async (folder) => {
      const fleet = writeFleet(folder, { interfaceName: "vcan3", nodeCount: 8 });
      // Nothing leaves the queue, nothing is confirmed: a controller that repeats a frame for ever.
      await run("tc", ..."qdisc replace dev vcan3 root netem delay 200s".split(" "));
      try {
        for (const args of [["flash", fleet], ["doctor", "--bus", "socketcan:vcan3"]]) {
          const alone = await canvoy(...args);
          strictEqual(alone.code, 3, alone.stdout + alone.stderr);
          const text = alone.stdout + alone.stderr;
          match(text, /nobody acknowledges: wrong bit rate, no termination, or alone on the bus/);
          match(
            text,
            /still has (7[0-9A-F]{2}#[0-9A-F]+(, )?){1,3} and repeats it even after canvoy/,
          );
          match(text, /: sudo ip link set vcan3 down && sudo ip link set vcan3 up/);
          const queue = await run("tc", "-s", "qdisc", "show", "dev", "vcan3");
          match(queue, /backlog \S+ [1-3]p/);
          for (const state of ["down", "up"]) await run("ip", "link", "set", "vcan3", state);
        }
      } finally {
        await run("tc", "qdisc", "del", "dev", "vcan3", "root");
      }
    }),
);

import { match, strictEqual } from "node:assert/strict";
import { canTest, framesOn, run, until } from "./_can.ts";
import { Beside, canvoy, IMPATIENT, startSim, withFolder, writeFleet } from "./_canvoy.ts";

canTest(
  "canvoy doctor tells nodes that answer from those that do not, and an interface down",
  () =>
    withFolder(async (folder) => {
      const fleet = writeFleet(folder, {
        interfaceName: "vcan3",
        nodeCount: 2,
        timing: IMPATIENT,
      });
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
      const quietCount = await framesOn("vcan3");
      await using _traffic = new Beside(folder, "traffic", "cangen", [
        "vcan3",
        "-g",
        "20",
        "-I",
        "780",
      ]);
      await until(async () => await framesOn("vcan3") > quietCount, "the traffic");
      const busy = await canvoy("doctor", fleet);
      // By chance the traffic is ISO-TP, or is not.
      match(
        busy.stdout,
        /node-0 (does not answer 0x700, though somebody|is asked on 0x700 and) sends on 0x780/,
      );
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

canTest("canvoy doctor and flash tell what error frames say", () =>
  withFolder(async (folder) => {
    const fleet = writeFleet(folder, {
      interfaceName: "vcan3",
      nodeCount: 1,
      timing: IMPATIENT,
    });
    // A wrong bit, no acknowledge, a full receive buffer; bus-off more rarely: it ends at the next
    // look, as a virtual controller is not off.
    const errors = "20000008#0000040000000000 20000020# 20000004#0001000000000000";
    await using _errors = new Beside(folder, "errors", "sh", [
      "-c",
      `while :; do
        for frame in ${errors} ${errors} 20000040#; do cansend vcan3 $frame; sleep 0.05; done
      done`,
    ]);
    for (const args of [["doctor", "--bus", "socketcan:vcan3"], ["flash", fleet]]) {
      const { code, stdout, stderr } = await canvoy(...args);
      strictEqual(code, 1, stdout + stderr);
      const text = stdout + stderr;
      match(text, /no {3}the controller went bus-off: .*\n.*wrong bit rate, a short circuit/);
      match(text, /no {3}frames are disturbed, as error frames say: /);
      match(text, /no {3}nobody acknowledged a frame, as error frames say: /);
      match(text, /no {3}received frames were lost here: .*\n.*too slow for the bus/);
    }
  }));

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

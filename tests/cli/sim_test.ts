import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { CanvoyProcess, startSimProcess } from "../support/canvoy_process.ts";
import { CanvoyRun, startSim } from "../support/canvoy_run.ts";
import { dearTest, rowTest } from "../support/dear.ts";
import { withFleet } from "../support/two_bus_fleet.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Where the first of the fleet's buses is. */
function urlOf(joins: readonly string[]): string {
  return joins[1]!.replace("body=", "");
}

function isAlive(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

Deno.test("flash updates nodes of another process on two buses, and finds them up to date", async () => {
  await withFleet(async (fleet) => {
    const { sim, joins } = await startSimProcess(fleet, "-v");
    await using _sim = sim;
    const runs: Record<string, unknown>[] = [];
    for (let i = 0; i < 2; i++) {
      await using flash = new CanvoyProcess(["flash", fleet, ...joins, "--json"]);
      strictEqual(await flash.ended(), 0, flash.stderr);
      runs.push(flash.records().at(-1)!);
    }
    const [first, second] = runs;
    deepStrictEqual([first!.done, first!.upToDate], [3, 0]);
    deepStrictEqual([second!.done, second!.upToDate], [0, 3]);
    const buses = first!.buses as { bus: string; frames: number; busyRatio: number }[];
    deepStrictEqual(buses.map(({ bus }) => bus), ["body", "chassis"]);
    ok(buses.every(({ frames, busyRatio }) => frames > 500 && busyRatio > 0));
    await using scan = new CanvoyProcess([
      "scan",
      "--bus",
      urlOf(joins),
      "--range",
      "0x700-0x70F",
      "--json",
    ]);
    strictEqual(await scan.ended(), 0, scan.stderr);
    const found = scan.records().at(-1)!.nodes as Record<string, string>[];
    deepStrictEqual(found.map(({ request, response, version }) => [request, response, version]), [
      ["0x700", "0x780", "2.0.0"],
      ["0x701", "0x781", "2.0.0"],
    ]);
    await using verify = new CanvoyProcess(["verify", fleet, ...joins]);
    strictEqual(await verify.ended(), 0, verify.stdout);
    sim.kill("SIGTERM");
    strictEqual(await sim.ended(), 0, sim.stderr);
    match(sim.stdout, /wheel: runs its application\n/);
  });
});

dearTest("sim and doctor take several buses, doctor without a fleet file too", async () => {
  await withFleet(async (fleet) => {
    const listening = ["body", "chassis"].flatMap((bus) => [
      "--bus",
      `${bus}=virtual:${bus}?listen=127.0.0.1:0`,
    ]);
    const { sim, joins } = await startSim(fleet, ...listening);
    await using _sim = sim;
    await using doctor = new CanvoyRun(["doctor", fleet, ...joins]);
    strictEqual(await doctor.ended(), 0, doctor.stdout);
    for (const node of ["node-0", "node-1", "wheel"]) ok(doctor.stdout.includes(node), node);
    const urls = joins.map((word) => word.replace(/^\w+=/, ""));
    await using both = new CanvoyRun(["doctor", ...urls]);
    strictEqual(await both.ended(), 0, both.stdout);
    match(both.stdout, /[^]*body[^]*chassis/);
  });
});

Deno.test("flash ends with 3 and names each node when the nodes' process dies; again mends them", async () => {
  await withFleet(async (fleet) => {
    const first = await startSimProcess(fleet);
    await using _first = first.sim;
    await using flash = new CanvoyRun(["flash", fleet, ...first.joins, "--json"]);
    await flash.until(/"phase":"writing"/);
    first.sim.kill("SIGKILL");
    strictEqual(await flash.ended(), 3, flash.stderr);
    const records = flash.records();
    const ends = records.filter(({ type }) => type === "nodeFailed") as {
      error: { code: string };
      state: string;
    }[];
    deepStrictEqual(ends.map(({ error }) => error.code), ["BUS_LOST", "BUS_LOST", "BUS_LOST"]);
    ok(ends.some(({ state }) => state === "bootloader"));
    strictEqual((records.at(-1)!.error as { code: string }).code, "BUS_LOST");
    const second = await startSim(fleet);
    await using _second = second.sim;
    await using again = new CanvoyRun(["flash", fleet, ...second.joins]);
    strictEqual(await again.ended(), 0, again.stdout);
  });
});

for (const [row, signal] of SIGNALS.entries()) {
  rowTest(row, `flash leads nodes of another process to a safe end at ${signal}`, async () => {
    await withFleet(async (fleet) => {
      const { sim, joins } = await startSimProcess(fleet, "-v");
      await using _sim = sim;
      await using flash = new CanvoyProcess(["flash", fleet, ...joins, "--json"]);
      await flash.until(/"phase":"writing"/);
      flash.kill(signal);
      strictEqual(await flash.ended(), 130, flash.stderr);
      ok(!isAlive(flash.pid));
      const records = flash.records();
      const asked = records.findIndex(({ type }) => type === "cancelRequested");
      ok(asked > 0);
      deepStrictEqual(records.slice(asked).filter(({ phase }) => phase === "erasing"), []);
      ok(records.some(({ type }) => type === "runFinished"));
      const summary = records.at(-1)!;
      strictEqual(summary.ok, false);
      strictEqual((summary.error as { code: string }).code, "CANCELLED");
      sim.kill(signal);
      strictEqual(await sim.ended(), 0, sim.stderr);
      ok(!isAlive(sim.pid));
      // The functional 10 01 sends a node from its session back to where it boots.
      match(sim.stdout, /resets\n/);
    });
  });

  rowTest(row, `flash ends safely on paced virtual buses at ${signal}`, async () => {
    await withFleet(async (fleet) => {
      await using flash = new CanvoyRun(["flash", fleet, "--json"]);
      await flash.until(/"phase":"writing"/);
      flash.kill(signal);
      strictEqual(await flash.ended(), 130, flash.stderr);
      ok(flash.records().some(({ type }) => type === "runFinished"));
    });
  });
}

Deno.test("flash ends at once at a second signal", async () => {
  await withFleet(async (fleet) => {
    const slow = Deno.readTextFileSync(fleet).replace("flashTimeScale: 0.1", "flashTimeScale: 90");
    Deno.writeTextFileSync(fleet, slow);
    await using flash = new CanvoyRun(["flash", fleet, "--json"]);
    await flash.until(/"phase":"erasing"/);
    flash.kill("SIGINT");
    await flash.until(/"cancelRequested"/);
    flash.kill("SIGINT");
    strictEqual(await flash.ended(), 130, flash.stderr);
    ok(!flash.records().some(({ type }) => type === "runFinished"));
  });
});

dearTest(
  "flash that a second signal ended at once names its journal, and resume goes on",
  async () => {
    await withFleet(async (fleet, folder) => {
      const slow = Deno.readTextFileSync(fleet).replace("flashTimeScale: 0.1", "flashTimeScale: 4");
      Deno.writeTextFileSync(fleet, slow);
      const { sim, joins } = await startSim(fleet);
      await using _sim = sim;
      const journal = `${folder}/run.cborseq`;
      const job = ["flash", fleet, ...joins, "--only", "node-0", "--journal", journal];
      await using flash = new CanvoyRun([...job, "--json"]);
      // The node itself says that it erases: before, the run would end without having begun to. Both
      // signals go out while that erase lasts.
      await flash.until(/"type":"responsePending","service":49/);
      flash.kill("SIGINT");
      flash.kill("SIGTERM");
      strictEqual(await flash.ended(), 130, flash.stderr);
      ok(!flash.records().some(({ type }) => type === "runFinished"));
      ok(flash.stderr.includes(`canvoy resume ${journal}`), flash.stderr);
      await using resume = new CanvoyRun(["resume", journal, "--json"]);
      strictEqual(await resume.ended(), 0, resume.stderr);
      const records = resume.records();
      strictEqual(records.filter(({ type }) => type === "nodeDone").length, 1);
      // What was being erased then is erased again, and nothing is asked of it before.
      const torn = flash.records().filter(({ phase }) => phase === "erasing");
      ok(torn.length > 0);
      for (const { node, segment } of torn) {
        const [first] = records.filter((one) =>
          one.type === "segmentPhase" && one.node === node && one.segment === segment
        );
        strictEqual(first?.phase, "erasing", `${node}, segment ${segment}`);
      }
    });
  },
);

Deno.test("whatever sends keeps off a fleet and a bus that are being flashed", async () => {
  await withFleet(async (fleet, folder) => {
    const slow = Deno.readTextFileSync(fleet).replace("flashTimeScale: 0.1", "flashTimeScale: 90");
    Deno.writeTextFileSync(fleet, slow);
    const { sim, joins } = await startSim(fleet);
    await using _sim = sim;
    // Of a copy, too, the fleet file says where the buses are.
    const places = joins.filter((word) => word !== "--bus").map((join) => join.split(/=(.*)/));
    Deno.writeTextFileSync(
      fleet,
      places.reduce((text, [bus, url]) => text.replace(`virtual:${bus}`, url!), slow),
    );
    await using flash = new CanvoyRun(["flash", fleet, "--json"]);
    await flash.until(/"phase":"erasing"/);
    // Another fleet file of the same bus meets the locks of its buses.
    const other = `${folder}/other.yaml`;
    Deno.copyFileSync(fleet, other);
    for (
      const [args, what] of [
        [["verify", fleet], /the fleet of/],
        [["flash", fleet, "--dry-run"], /the fleet of/],
        [["flash", fleet], /the fleet of/],
        [["verify", other], /bus "(body|chassis)"/],
        [["flash", other, "--dry-run"], /bus "(body|chassis)"/],
        [["doctor", fleet], /the fleet of/],
        [["doctor", other], /bus "(body|chassis)"/],
        [["doctor", "--bus", urlOf(joins)], /bus "body"/],
        [["scan", "--bus", urlOf(joins)], /bus "body"/],
        [["scan", "--bus", urlOf(joins).replace("127.0.0.1", "localhost")], /bus "body"/],
      ] as const
    ) {
      await using second = new CanvoyRun([...args, "--json"]);
      strictEqual(await second.ended(), 3, args.join(" "));
      const { code, message } = second.records().at(-1)!.error as Record<string, string>;
      strictEqual(code, "RUN_IN_PROGRESS");
      match(message!, what);
    }
  });
});

Deno.test("flash keeps off a bus that scan or doctor asks on", async () => {
  await withFleet(async (fleet) => {
    const { sim, joins } = await startSim(fleet);
    await using _sim = sim;
    for (const command of ["scan", "doctor"]) {
      await using first = new CanvoyProcess([command, "--bus", urlOf(joins)]);
      await first.until(/(asking|listening)/);
      // However slow this machine: it is not through before flash is.
      first.kill("SIGSTOP");
      await using flash = new CanvoyRun(["flash", fleet, ...joins]);
      strictEqual(await flash.ended(), 3, command);
      match(flash.stderr, /Cannot begin: another run of canvoy works on bus "body"/);
    }
  });
});

Deno.test("whatever sends is refused where nothing tells where locks of buses are", async () => {
  await withFleet(async (fleet, folder) => {
    const bus = "virtual:x?connect=127.0.0.1:9";
    const joins = ["--only", "wheel", "--bus", `chassis=${bus}`];
    for (
      const args of [
        ["flash", fleet, ...joins, "--journal", `${folder}/run.cborseq`],
        ["verify", fleet, ...joins],
        ["scan", "--bus", bus],
        ["doctor", "--bus", bus],
      ]
    ) {
      await using run = new CanvoyRun(args, { HOME: "", XDG_STATE_HOME: "" });
      strictEqual(await run.ended(), 3, args[0]);
      match(
        run.stderr,
        /Cannot lock a bus: neither HOME nor XDG_STATE_HOME names an absolute path/,
      );
    }
  });
});

Deno.test("flash says 3 and what to do where nobody listens", async () => {
  await withFleet(async (fleet) => {
    const joins = ["--only", "wheel", "--bus", "chassis=virtual:x?connect=127.0.0.1:9"];
    await using flash = new CanvoyRun(["flash", fleet, ...joins]);
    strictEqual(await flash.ended(), 3);
    match(flash.stderr, /Cannot join a bus at 127\.0\.0\.1:9: nobody listens\n {2}Start the side/);
  });
});

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FleetEvent } from "../../src/fleet/mod.ts";
import { readJournal } from "../../src/journal/mod.ts";
import { CanvoyRun } from "../support/canvoy_run.ts";
import { dearTest, rowTest } from "../support/dear.ts";
import { withFleet } from "../support/two_bus_fleet.ts";
import { hasProgram, runProgram } from "../support/programs.ts";
import { Terminal } from "../support/terminal.ts";

const CTRL_C = "\x03";
const ON_TERMINAL = { ignore: !hasProgram("script") || !hasProgram("bash") };

/** The fleet with erases that last some time: whatever comes meanwhile comes in the middle of them. */
function withSlowErases(
  flashTimeScale: number,
  body: (fleet: string, folder: string) => Promise<void>,
): Promise<void> {
  return withFleet(async (fleet, folder) => {
    const text = Deno.readTextFileSync(fleet);
    Deno.writeTextFileSync(fleet, text.replace("Scale: 0.1", `Scale: ${flashTimeScale}`));
    await body(fleet, folder);
  });
}

function assertSafeEnd(events: readonly Pick<FleetEvent, "type">[]): void {
  const asked = events.findIndex(({ type }) => type === "cancelRequested");
  ok(asked > 0);
  const after = events.slice(asked) as readonly {
    readonly type: string;
    readonly phase?: string;
  }[];
  deepStrictEqual(after.filter(({ phase }) => phase === "erasing"), []);
  ok(after.some(({ type }) => type === "nodeCancelled"));
  ok(after.some(({ type }) => type === "runFinished"));
}

for (const [row, flags] of ["", " --json", " --web --web-port 0"].entries()) {
  rowTest(
    row,
    `flash${flags} comes to its safe end when its terminal is closed`,
    () =>
      withSlowErases(4, async (fleet, folder) => {
        const [journal, status] = [`${folder}/run.cborseq`, `${folder}/status`];
        runProgram("mkfifo", [status]);
        const ended = Deno.readTextFile(status);
        await using terminal = new Terminal();
        await terminal.until(/\$ $/);
        // The shell between outlives the terminal, to tell how canvoy ended.
        const flash = `scripts/canvoy flash ${fleet} --journal ${journal}${flags}`;
        await terminal.type(`sh -c 'trap : HUP; ${flash}; echo $? >${status}'\n`);
        await terminal.until(/erasing/);
        await terminal.close();
        strictEqual(await ended, "130\n");
        const { events, tail, isComplete } = readJournal(Deno.readFileSync(journal));
        deepStrictEqual({ tail, isComplete }, { tail: "whole", isComplete: false });
        assertSafeEnd(events);
      }),
    ON_TERMINAL,
  );
}

Deno.test("flash is in no hurry when SIGHUP comes twice, and SIGTERM with it", async () => {
  await withSlowErases(4, async (fleet) => {
    await using flash = new CanvoyRun(["flash", fleet, "--json"]);
    await flash.until(/"phase":"erasing"/);
    flash.kill("SIGHUP");
    await flash.until(/"cancelRequested"/);
    flash.kill("SIGHUP");
    flash.kill("SIGTERM");
    strictEqual(await flash.ended(), 130, flash.stderr);
    assertSafeEnd(flash.records() as unknown as readonly FleetEvent[]);
  });
});

Deno.test("flash ends at once at SIGINT after SIGHUP", async () => {
  await withSlowErases(90, async (fleet) => {
    await using flash = new CanvoyRun(["flash", fleet, "--json"]);
    await flash.until(/"phase":"erasing"/);
    flash.kill("SIGHUP");
    await flash.until(/"cancelRequested"/);
    flash.kill("SIGINT");
    strictEqual(await flash.ended(), 130, flash.stderr);
    ok(!flash.records().some(({ type }) => type === "runFinished"));
  });
});

for (const [times, flashTimeScale] of [["once", 4], ["twice", 90]] as const) {
  dearTest(
    `flash --web does not keep its page open after Ctrl-C ${times}`,
    () =>
      withSlowErases(flashTimeScale, async (fleet) => {
        await using terminal = new Terminal();
        await terminal.until(/\$ $/);
        await terminal.type(`scripts/canvoy flash ${fleet} --web --web-port 0\n`);
        await terminal.until(/erasing/);
        await terminal.type(CTRL_C);
        if (times === "twice") {
          await terminal.until(/stopping/);
          await terminal.type(CTRL_C);
        }
        const [end] = await terminal.until(/the page stays open|3 nodes: 0 updated[^$]*\$ $/);
        ok(end.startsWith("3 nodes"), end);
        await terminal.type("echo ended $?\n");
        await terminal.until(/^ended 130/m);
      }),
    ON_TERMINAL,
  );
}

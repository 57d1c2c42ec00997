/** Whatever may have been left open is closed first. */
import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { judgeDone, judgeFirstTry, judgeSafe } from "./judgement.ts";
import { RogueBench, type RogueRun } from "./rogue_bench.ts";
import type { RogueOptions } from "./rogue_options.ts";

const SECOND_DOWNLOAD = [0x22, 0x24, 0x70] as const;

/** How often each sector was erased. */
function eraseCounts(bench: RogueBench): readonly number[] {
  return bench.node.flash.sectors.map(({ erasedAtMs }) => erasedAtMs.length)
    .filter((count) => count > 0);
}

/** Lets a run write until its n-th block is being received. */
function runIntoBlock(run: RogueRun, bench: RogueBench, nth: number): void {
  for (let ms = 50; run.port.blocksBegunAtMs.length < nth; ms += 5) {
    run.runTo(ms);
    if (run.isFinished) throw new Error(`It has no ${nth} blocks`);
  }
  ok(bench.node.state.download !== undefined, "a download is open");
}

// Stock iso14229, `Handle_0x34_RequestDownload`: 34 during a download gets 0x22.
for (const secondDownloadNrc of SECOND_DOWNLOAD) {
  const nrc = secondDownloadNrc.toString(16).toUpperCase();

  Deno.test(`close first: a lost answer to 34, and then 0x${nrc}: 37, 34, enter anew, no erase`, () => {
    for (const nth of [1, 2]) {
      const bench = new RogueBench({ rogue: { secondDownloadNrc, lose: [{ on: "34", nth }] } });
      judgeDone(bench, bench.update(), `34 number ${nth}`);
      deepStrictEqual(eraseCounts(bench), [1, 1, 1]);
      const { log } = bench.node;
      ok(/34 37 34/.test(log.services()), `37 comes before the next 34: ${log.services()}`);
      strictEqual(log.count("11 01"), 1, "the reset at the end");
      deepStrictEqual(log.of("10 01").filter(({ isFunctional }) => !isFunctional), []);
    }
  });

  Deno.test(`close first: killed in mid-download, then the same command, 0x${nrc}`, () => {
    for (const waitMs of [10, 1000, 8000]) {
      const bench = new RogueBench({ rogue: { secondDownloadNrc } });
      const killed = bench.start();
      runIntoBlock(killed, bench, 4);
      killed.kill();
      bench.wait(waitMs);
      const second = bench.update();
      judgeDone(bench, second, `after ${waitMs} ms`);
      deepStrictEqual(second.retries("segment"), []);
    }
  });
}

Deno.test("close first: 37 is enough where the server lets an incomplete one close", () => {
  const rogue = { closesIncomplete: true, lose: [{ on: "34", nth: 1 }] };
  const bench = new RogueBench({ rogue });
  judgeDone(bench, bench.update());
  deepStrictEqual(eraseCounts(bench), [1, 1, 1]);
  strictEqual(bench.node.log.count("10 02"), 1, "its session was not entered again");
});

// The last rung: 10 01 or 11, since they may start the application.
for (const downloadClosedBy of ["defaultSession", "reset"] as const) {
  Deno.test(`close first: a server that only ${downloadClosedBy} closes is closed by it, last`, () => {
    for (const nth of [1, 2]) {
      const bench = new RogueBench({ rogue: { downloadClosedBy, lose: [{ on: "34", nth }] } });
      judgeDone(bench, bench.update(), `34 number ${nth}`);
      deepStrictEqual(eraseCounts(bench), [1, 1, 1]);
      match(bench.node.log.services(), /34 37 34 .*10 .*34 .*1[01] .*34 36/);
    }
    const killed = new RogueBench({ rogue: { downloadClosedBy } });
    const first = killed.start();
    runIntoBlock(first, killed, 4);
    first.kill();
    killed.wait(100);
    judgeDone(killed, killed.update(), "killed");
  });
}

Deno.test("close first: 34 refused for its state is no reason to erase", () => {
  for (const nrc of SECOND_DOWNLOAD) {
    for (const times of [1, 2]) {
      const bench = new RogueBench({ rogue: { refuse: [{ on: "34", nth: 2, times, nrc }] } });
      judgeDone(bench, bench.update(), `0x${nrc.toString(16)}, ${times} times`);
      deepStrictEqual(eraseCounts(bench), [1, 1, 1]);
    }
  }
});

Deno.test("close first: a server that never takes a 34 is erased once, and says so", () => {
  for (const nrc of SECOND_DOWNLOAD) {
    const bench = new RogueBench({ rogue: { refuse: [{ on: "34", nrc }] } });
    const run = bench.update();
    judgeSafe(bench, run);
    deepStrictEqual(run.outcomes, ["failed: bootloader"]);
    deepStrictEqual(eraseCounts(bench), [1]);
  }
});

Deno.test("close first: Ctrl-C ends the session of a node that hears no functional end", () => {
  const bench = new RogueBench({ rogue: { ignore: [{ on: "10 81" }] } });
  const run = bench.start();
  runIntoBlock(run, bench, 4);
  run.cancel();
  run.finish();
  strictEqual(run.node.phase, "cancelled");
  strictEqual(bench.node.state.session, 1);
});

Deno.test("close first: a download that vanished is begun anew, erased because it was written", () => {
  for (const nrc of [0x24, 0x70, 0x71, 0x72]) {
    const bench = new RogueBench({ rogue: { refuse: [{ on: "36", nth: 3, nrc }] } });
    judgeDone(bench, bench.update(), `0x${nrc.toString(16)}`);
    ok(eraseCounts(bench).every((count) => count <= 2));
  }
});

Deno.test("close first: Ctrl-C closes the transfer and ends the session, and the trace shows it", () => {
  for (const nth of [1, 4, 8]) {
    const bench = new RogueBench();
    const run = bench.start();
    runIntoBlock(run, bench, nth);
    run.cancel();
    run.finish();
    judgeSafe(bench, run);
    strictEqual(run.node.phase, "cancelled");
    const { log, state } = bench.node;
    strictEqual(state.download, undefined);
    strictEqual(state.session, 1, "S3 has not ended it: it was ended");
    deepStrictEqual(log.sessionEnds, []);
    const last = log.requests.findLastIndex(({ data }) => data[0] === 0x36);
    ok(log.requests.slice(last).some(({ data }) => data[0] === 0x37), "37 behind the last 36");
    const second = bench.update();
    judgeDone(bench, second);
    deepStrictEqual(second.retries(), []);
  }
});

// Stock iso14229 over isotp-c: the bus away for 4 s, S3 5.1 s, the download is still open.
Deno.test("close first: 4 s without a bus in mid-download, the same run ends well", () => {
  for (const kind of ["cut", "down"] as const) {
    for (const nth of [1, 4, 8]) {
      const bench = new RogueBench({ rogue: { s3Ms: 5100 } });
      const run = bench.start();
      runIntoBlock(run, bench, nth);
      run.port[kind]();
      bench.wait(4000);
      run.port.mend();
      run.finish();
      judgeDone(bench, run, `${kind} at block ${nth}`);
    }
  }
});

Deno.test("close first: entering a node starts from a known state, whatever was left there", () => {
  const bench = new RogueBench();
  const killed = bench.start();
  runIntoBlock(killed, bench, 2);
  killed.kill();
  bench.wait(10);
  const second = bench.update();
  judgeDone(bench, second);
  const { log } = bench.node;
  const since = log.requests.filter(({ atMs, isFunctional }) =>
    atMs > second.startedAtMs && !isFunctional
  );
  const firstErase = since.findIndex(({ text }) => text.startsWith("31 01 FF 00"));
  const closed = since.findIndex(({ data }) => data[0] === 0x37 || data[0] === 0x10);
  ok(closed >= 0 && closed < firstErase, "closed before the first erase");
  const refused = since.filter(({ data, answers }) =>
    data[0] === 0x34 && answers.some(({ text }) => text.startsWith("7F"))
  );
  deepStrictEqual(refused.map(({ text }) => text), [], "no 34 was refused");
});

Deno.test("close first: a good node gets no 37 and no session that it does not need", () => {
  const bench = new RogueBench();
  judgeFirstTry(bench, bench.update());
  strictEqual(bench.node.log.count("10 02"), 1);
});

// Stock iso14229 says 0x70 to a 37 without a download, others 0x24.
for (const noDownloadNrc of [0x24, 0x70] as const) {
  const nrc = noDownloadNrc.toString(16);
  Deno.test(`close first: a lost answer to 37, and then 0x${nrc}: nothing is written again`, () => {
    const bench = new RogueBench({ rogue: { noDownloadNrc, lose: [{ on: "37", nth: 1 }] } });
    const run = bench.update();
    judgeDone(bench, run);
    deepStrictEqual(eraseCounts(bench), [1, 1, 1]);
    deepStrictEqual(run.retries("segment"), []);
  });
}

// The same kind as 34 in a download: an erase that is refused while one is open.
for (const downloadClosedBy of ["session", "defaultSession", "reset"] as const) {
  Deno.test(`close first: an erase is refused until ${downloadClosedBy} closes the download`, () => {
    for (const eraseInDownloadNrc of [0x22, 0x24, 0x70]) {
      const rogue: RogueOptions = { downloadClosedBy, eraseInDownloadNrc };
      const what = `0x${eraseInDownloadNrc.toString(16)}`;
      const killed = new RogueBench({ rogue });
      const first = killed.start();
      runIntoBlock(first, killed, 4);
      first.kill();
      killed.wait(10);
      judgeDone(killed, killed.update(), `killed, ${what}`);
      const refuse = [{ on: "36", nth: 3, nrc: 0x72 }];
      const torn = new RogueBench({ rogue: { ...rogue, refuse } });
      judgeDone(torn, torn.update(), `a block failed, ${what}`);
    }
  });
}

/** A day of a bus's time in one process: memory, timers, listeners and files are as after an hour. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { setImmediate } from "node:timers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { JournalFile, lockFile } from "../../src/adapters/mod.ts";
import { encodeJournalHeader, JournalWriter } from "../../src/journal/mod.ts";
import { CLASSIC_FORMAT, oppositeAddressing } from "../../src/isotp/mod.ts";
import { Tester } from "../../src/tester/mod.ts";
import { F103, HostBench, imageFor } from "../support/host_bench.ts";
import { HEADER, MemoryStorage } from "../unit/journal/_support.ts";
import { dearTest } from "../support/dear.ts";

const HOUR_MS = 3_600_000;
const RUNS = 240;
const WARM_RUNS = 60;
/** S3 of the sessions that are kept, in ms. */
const S3_MS = 5000;
/** What an engine learns about code is a part of it; the events of a run alone are 20,000. */
const BYTES_PER_RUN_MAX = 8000;
/** An hour of keep-alives is 2,900 of them: 10 bytes each are more. */
const BYTES_PER_HOUR_MAX = 29_000;
const IMAGES = [imageFor(F103, 2048, 1), imageFor(F103, 2048, 2)] as const;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What is alive, in bytes: whatever nobody holds any more is gone before it is counted. */
function aliveBytes(): number {
  for (let i = 0; i < 3; i++) collectGarbage();
  return Deno.memoryUsage().heapUsed;
}

function makeBench(): HostBench {
  return new HostBench({ part: F103, image: IMAGES[0], behaviours: [{}, {}] });
}

/** Once this turn is over nothing that was only looked at is held. */
function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

dearTest("a day of runs, one each six minutes, leaves nothing of any of them behind", async () => {
  const bench = makeBench();
  const { bus, clock } = bench;
  const beganMs = clock.now();
  const held: { readonly run: number; readonly what: string; readonly ref: WeakRef<object> }[] = [];
  const hold = (run: number, what: string, one: object): void =>
    void held.push({ run, what, ref: new WeakRef(one) });
  const attach = bus.attach.bind(bus);
  const seen: { readonly bytes: number; readonly pending: number }[] = [];
  for (let i = 0; i < RUNS; i++) {
    bus.attach = (name, options) => {
      const port = attach(name, options);
      hold(i, "port", port);
      return port;
    };
    const storage = new MemoryStorage();
    const host = bench.host({ image: IMAGES[i % 2]!, journal: new JournalWriter(storage, 0) });
    hold(i, "host", host);
    hold(i, "events", host.events);
    hold(i, "journal", storage);
    host.finish();
    strictEqual(host.events.filter(({ type }) => type === "nodeDone").length, 2, `run ${i}`);
    clock.run({ untilMs: beganMs + (i + 1) * HOUR_MS / 10 });
    if (i + 1 === WARM_RUNS || i + 1 === RUNS) {
      await turnOver();
      seen.push({ bytes: aliveBytes(), pending: clock.pendingCount });
    }
  }
  ok(clock.now() - beganMs >= 24 * HOUR_MS);
  await turnOver();
  collectGarbage();
  const left = held.filter(({ run, ref }) => run < RUNS - 1 && ref.deref() !== undefined);
  deepStrictEqual(left.map(({ run, what }) => `${what} of run ${run}`), []);
  strictEqual(held.length, 4 * RUNS);
  const [warm, end] = seen as [typeof seen[0], typeof seen[0]];
  strictEqual(end.pending, warm.pending, "timers");
  const perRun = (end.bytes - warm.bytes) / (RUNS - WARM_RUNS);
  ok(perRun < BYTES_PER_RUN_MAX, `${perRun} bytes are left of each run`);
});

dearTest(
  "sessions that are kept for a day on an idle bus cost no more than for an hour",
  async () => {
    const bench = makeBench();
    const { bus, clock, profile } = bench;
    let kept = 0;
    for (const node of bench.nodes) {
      node.onEvent = (event) => {
        if (event.type === "request" && event.data[0] === 0x3E) kept++;
      };
    }
    const tester = new Tester({
      name: "bench",
      port: bus.attach("tester"),
      clock,
      format: CLASSIC_FORMAT,
      functional: {
        mode: "normal",
        tx: { id: 0x7DF, extended: false },
        rx: { id: 0x7DF, extended: false },
      },
    });
    const connections = bench.nodes.map(({ options: { addressing } }) =>
      tester.connect({
        addressing: oppositeAddressing(addressing),
        format: CLASSIC_FORMAT,
        timing: profile.timing,
        session: { keepAlive: "both", s3Ms: S3_MS },
      })
    );
    const answers: string[] = [];
    for (const { client } of connections) {
      client.exchange(Uint8Array.of(0x10, 0x03)).subscribe((event) =>
        event.type === "response" && answers.push(event.data.subarray(0, 2).toHex())
      );
    }
    const keeping = tester.keepAlive(S3_MS).subscribe();
    const seen: { readonly bytes: number; readonly pending: number; readonly kept: number }[] = [];
    for (const hour of [1, 3, 24]) {
      clock.run({ untilMs: hour * HOUR_MS });
      await turnOver();
      seen.push({ bytes: aliveBytes(), pending: clock.pendingCount, kept });
    }
    deepStrictEqual(answers, ["5003", "5003"]);
    const [, warm, end] = seen as [typeof seen[0], typeof seen[0], typeof seen[0]];
    ok(end.kept - warm.kept >= 2 * 21 * HOUR_MS / (S3_MS / 2), `${end.kept} were heard`);
    ok(Math.abs(end.pending - warm.pending) <= 4, `${warm.pending} timers, then ${end.pending}`);
    const perHour = (end.bytes - warm.bytes) / 21;
    ok(perHour < BYTES_PER_HOUR_MAX, `${perHour} bytes are left of each hour`);
    keeping.unsubscribe();
    for (const one of connections) one.close();
    tester.close();
    clock.run({ untilMs: clock.now() + 60_000 });
    // What is due then is the nodes' own.
    strictEqual(clock.pendingCount, 0);
  },
);

/** Those of a folder: other tests of the process open and close theirs meanwhile. */
function openFiles(folder: string): readonly string[] {
  const { stdout } = new Deno.Command("ls", { args: ["-l", `/proc/${Deno.pid}/fd`] }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes(folder));
}

Deno.test({
  name: "the journals and locks of a day of runs leave no file open",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const folder = Deno.makeTempDirSync();
    try {
      {
        using _one = Deno.createSync(`${folder}/one`);
        strictEqual(openFiles(folder).length, 1, "an open file is seen");
      }
      for (let i = 0; i < RUNS; i++) {
        using _lock = lockFile(`${folder}/runs.lock`, "the journals", { create: true, waitMs: 10 });
        const path = `${folder}/runs/${i}.cborseq`;
        const content = encodeJournalHeader(HEADER);
        // Half of them in virtual time, some refused as they are there.
        const options = { content, isDurable: i % 8 === 0, ownsFolder: true };
        const file = JournalFile.create(path, options);
        try {
          JournalFile.create(path, options);
        } catch {
          // It is there.
        }
        if (i % 3 === 0) file.remove();
        await file.close();
      }
      deepStrictEqual(openFiles(folder), []);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});

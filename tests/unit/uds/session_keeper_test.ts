import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { NEVER, Observable } from "rxjs";
import { bytesToHex, hexToBytes, VirtualClock } from "../../../src/core/mod.ts";
import {
  type KeepAlive,
  SessionKeeper,
  type UdsClient,
  type UdsEvent,
  UdsNegativeResponseError,
} from "../../../src/uds/mod.ts";

/** A keeper with S3 of 5 s, and a node that answers each TesterPresent as it is told. */
class Bench {
  readonly clock = new VirtualClock();
  readonly asked: number[] = [];
  readonly findings: string[] = [];
  readonly keeper: SessionKeeper;
  answer: "7E 00" | "7F 3E 24" | "silence" = "7E 00";

  constructor(keepAlive: KeepAlive) {
    this.keeper = new SessionKeeper({ keepAlive, s3Ms: 5000, clock: this.clock });
    this.keeper.findings$.subscribe((finding) => this.findings.push(finding));
    this.keeper.use({ exchange: (request) => this.#exchange(request) } as UdsClient);
  }

  answered(response: string): void {
    this.keeper.answered(hexToBytes(response));
  }

  requested(request: string): void {
    this.keeper.requested(hexToBytes(request));
  }

  at(ms: number, action: () => void = () => {}): void {
    this.clock.run({ untilMs: ms });
    action();
  }

  #exchange(request: Uint8Array): Observable<UdsEvent> {
    return new Observable((subscriber) => {
      strictEqual(bytesToHex(request), "3E 00");
      this.asked.push(this.clock.now());
      subscriber.next({ type: "sent" });
      if (this.answer === "silence") return subscriber.error(new Error("silence"));
      const data = hexToBytes(this.answer);
      if (data[0] === 0x7F) return subscriber.error(new UdsNegativeResponseError(request, data));
      this.keeper.answered(data);
      subscriber.next({ type: "response", data });
      subscriber.complete();
    });
  }
}

Deno.test("SessionKeeper asks at half of S3 since the last 10 or 3E, in a session only", () => {
  const bench = new Bench("physical");
  bench.at(4000, () => bench.answered("50 02 00 32 01 F4"));
  bench.at(5000, () => bench.answered("76 01"));
  bench.at(11_000);
  deepStrictEqual(bench.asked, [6500, 9000]);
  bench.at(11_000, () => bench.answered("50 01 00 32 01 F4"));
  bench.at(20_000);
  strictEqual(bench.asked.length, 2);
});

Deno.test("SessionKeeper asks with keepAlive both too", () => {
  const bench = new Bench("both");
  bench.answered("50 02");
  bench.at(6000);
  deepStrictEqual(bench.asked, [2500, 5000]);
});

Deno.test("SessionKeeper asks nothing while a question waits, and without a client", () => {
  const bench = new Bench("physical");
  const asked: number[] = [];
  const exchange = () => {
    asked.push(bench.clock.now());
    return NEVER;
  };
  bench.keeper.use({ exchange } as unknown as UdsClient);
  bench.answered("50 02");
  bench.at(3000, () => bench.answered("50 02"));
  bench.at(20_000);
  deepStrictEqual(asked, [2500]);

  const clock = new VirtualClock();
  const alone = new SessionKeeper({ keepAlive: "physical", s3Ms: 5000, clock });
  alone.answered(hexToBytes("50 02"));
  clock.run();
  strictEqual(clock.now(), 2500);
});

Deno.test("SessionKeeper asks nothing once a reset goes out, answered or not", () => {
  const bench = new Bench("both");
  bench.answered("50 02");
  bench.at(1000, () => bench.requested("11 01"));
  bench.at(20_000);
  deepStrictEqual(bench.asked, []);
});

for (const keepAlive of ["functional", "none", "auto"] as const) {
  Deno.test(`SessionKeeper asks nothing by itself with keepAlive ${keepAlive}`, () => {
    const bench = new Bench(keepAlive);
    bench.answered("50 02");
    bench.at(20_000);
    deepStrictEqual(bench.asked, []);
  });
}

Deno.test("SessionKeeper blames S3 for a session that dies 0.8 of S3 after the last 10 or 3E", () => {
  const early = new Bench("auto");
  early.answered("50 02");
  early.at(3999, () => early.keeper.sessionDied());
  early.at(20_000);
  deepStrictEqual([early.findings, early.asked], [[], []]);

  const late = new Bench("auto");
  late.answered("50 02");
  late.at(4000, () => late.keeper.sessionDied());
  deepStrictEqual(late.findings, ["physicalKeepAlive"]);
  late.at(4100, () => late.answered("50 02"));
  late.at(7000, () => late.keeper.sessionDied());
  deepStrictEqual(late.asked, [4000, 6600]);
  deepStrictEqual(late.findings, ["physicalKeepAlive"], "told once");
});

Deno.test("SessionKeeper blames S3 for a node that falls silent so late twice", () => {
  const bench = new Bench("auto");
  for (const [atMs, findings] of [[4000, []], [8000, ["physicalKeepAlive"]]] as const) {
    bench.at(atMs - 4000, () => bench.answered("50 02"));
    // Long before the end of S3 it has another reason.
    for (const early of [100, 3999]) {
      bench.at(atMs - 4000 + early, () => bench.keeper.fellSilent());
    }
    bench.at(atMs, () => bench.keeper.fellSilent());
    deepStrictEqual(bench.findings, findings);
  }
  const outside = new Bench("auto");
  for (const ms of [4000, 8000]) outside.at(ms, () => outside.keeper.fellSilent());
  deepStrictEqual(outside.findings, [], "it is in no session");
});

Deno.test("SessionKeeper infers nothing where the fleet file says what keeps the session", () => {
  const bench = new Bench("functional");
  bench.answered("50 02");
  bench.at(4900, () => bench.keeper.sessionDied());
  deepStrictEqual(bench.findings, []);
});

Deno.test("SessionKeeper asks no more within downloads once that was refused", () => {
  const bench = new Bench("physical");
  bench.answer = "7F 3E 24";
  bench.answered("50 02");
  bench.requested("34 00 44");
  bench.at(10_000);
  deepStrictEqual(bench.asked, [2500]);
  deepStrictEqual(bench.findings, ["noTesterPresentInDownload"]);
  bench.answer = "7E 00";
  bench.at(10_000, () => bench.answered("77"));
  bench.at(10_001, () => bench.requested("34 00 44"));
  bench.at(20_000);
  deepStrictEqual(bench.asked, [2500, 10_000], "between two downloads it is asked at once");
});

Deno.test("SessionKeeper asks again soon where nothing came back", () => {
  const bench = new Bench("physical");
  bench.answer = "silence";
  bench.answered("50 02");
  bench.at(3400);
  deepStrictEqual(bench.asked, [2500, 3000]);
});

Deno.test("SessionKeeper asks nothing and finds nothing more once it is closed", () => {
  const bench = new Bench("physical");
  let isOver = false;
  bench.keeper.findings$.subscribe({ complete: () => isOver = true });
  bench.answered("50 02");
  bench.at(3000, () => bench.keeper.close());
  bench.at(20_000);
  deepStrictEqual(bench.asked, [2500]);
  strictEqual(isOver, true);
});

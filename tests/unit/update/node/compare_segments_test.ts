import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EMPTY } from "rxjs";
import { VirtualClock } from "../../../../src/core/mod.ts";
import { findDevice, planFlash } from "../../../../src/stm32/mod.ts";
import { createUdsClient } from "../../../../src/uds/mod.ts";
import type { NodeContext, NodeEvent } from "../../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../../src/update/profiles/iso14229.ts";
import { SegmentLedger } from "../../../../src/update/node/segment_ledger.ts";
import { eventsOf } from "../../../../src/update/node/step.ts";
import { compareSegments } from "../../../../src/update/node/compare_segments.ts";
import { G474, imageFor } from "../../../support/host_bench.ts";
import { type Script, ScriptedLink, type ScriptStep } from "../../uds/scripted_link.ts";

const SEGMENT_BYTES = 16 * 1024;
const START = G474.layout.application.start;

/** One question: which segments it was about, from 0, and when it was asked. */
interface Question {
  readonly segments: readonly number[];
  readonly atMs: number;
}

/** A node whose check routine answers by a table, and a ledger that learns of it. */
class SurveyLab {
  readonly clock = new VirtualClock();
  readonly ledger = new SegmentLedger();
  readonly link: ScriptedLink;
  readonly #context: NodeContext;

  constructor(segmentCount: number, answer: (segments: readonly number[], i: number) => string) {
    let asked = 0;
    const script: Script = (request) => {
      // One request after the other: TesterPresent is answered when all before it are.
      if (request[0] === 0x3E) return [{ afterMs: 90, message: "7E 00" }];
      const i = asked++;
      const said = answer(segmentsOf(request), i);
      return said === "silence" ? [] : said.split(", ").map((step): ScriptStep => {
        const [message, afterMs] = step.split(" after ");
        return { afterMs: Number(afterMs ?? 1), message: message! };
      });
    };
    const { clock } = this;
    this.link = new ScriptedLink(clock, script);
    const image = imageFor(G474, segmentCount * SEGMENT_BYTES, 1);
    this.#context = {
      clock,
      cancellation: { requested: false, requested$: EMPTY },
      begin$: EMPTY,
      hold$: EMPTY,
      announced$: EMPTY,
      connection: {
        client: createUdsClient({ link: this.link, clock, timing: { p2Ms: 100 } }),
        setPriority: () => {},
        close: () => {},
      },
      job: {
        plan: planFlash({ image, geometry: findDevice(G474.device), layout: G474.layout }),
        profile: ISO14229_PROFILE,
        blockNumber: 1,
        fingerprint: new Uint8Array(4),
      },
    };
  }

  get questions(): readonly Question[] {
    return this.link.sent.filter(({ request }) => request[0] === 0x31)
      .map(({ request, atMs }) => ({ segments: segmentsOf(request), atMs }));
  }

  /** Segments that were found to be there. */
  get skipped(): readonly number[] {
    const { segments } = this.#context.job.plan;
    return segments.map(({ index }) => index).filter((index) => this.ledger.isVerified(index));
  }

  /** Surveys once and gives the events, or the error. */
  survey(): readonly NodeEvent[] | unknown {
    const events: NodeEvent[] = [];
    let failure: unknown;
    eventsOf(compareSegments(this.#context, this.ledger)).subscribe({
      next: (event) => events.push(event),
      error: (error: unknown) => failure = error,
    });
    this.clock.run({ untilMs: this.clock.now() + 100_000 });
    return failure ?? events;
  }
}

function segmentsOf(request: Uint8Array): readonly number[] {
  const view = new DataView(request.buffer, request.byteOffset);
  const first = (view.getUint32(5) - START) / SEGMENT_BYTES;
  return Array.from({ length: view.getUint32(9) / SEGMENT_BYTES }, (_, i) => first + i);
}

const EQUAL = "71 01 02 02 00";
const DIFFERENT = "71 01 02 02 01";

Deno.test("compareSegments() finds every set of different segments, by halves", () => {
  for (let different = 0; different < 1 << 6; different++) {
    const isDifferent = (segment: number): boolean => (different >> segment & 1) === 1;
    const lab = new SurveyLab(6, (asked) => asked.some(isDifferent) ? DIFFERENT : EQUAL);
    const events = lab.survey();
    const all = [0, 1, 2, 3, 4, 5];
    deepStrictEqual(lab.skipped, all.filter((segment) => !isDifferent(segment)));
    deepStrictEqual(
      all.filter((segment) => lab.ledger.differenceOf(segment) !== undefined),
      all.filter(isDifferent),
    );
    const phases = (events as NodeEvent[]).map((event) =>
      event.type === "segmentPhase" ? `${event.segment} ${event.phase}` : event.type
    );
    const expected = all.flatMap((segment) => [
      `${segment} checking`,
      `${segment} ${isDifferent(segment) ? "pending" : "skipped"}`,
    ]);
    deepStrictEqual(phases.toSorted(), expected.toSorted());
    ok(lab.questions.length <= 11);
  }
});

Deno.test("compareSegments() asks one by one once the node was silent to a joint question", () => {
  const lab = new SurveyLab(3, (asked) => asked.length > 1 ? "silence" : EQUAL);
  ok(lab.survey() instanceof Error, "the node is entered again");
  deepStrictEqual(lab.skipped, []);
  lab.survey();
  deepStrictEqual(lab.skipped, [0, 1, 2]);
  deepStrictEqual(lab.questions.slice(-3).map(({ segments }) => segments), [[0], [1], [2]]);
});

Deno.test("compareSegments() takes a refusal of a joint question for no answer of any segment", () => {
  const lab = new SurveyLab(2, (asked) => asked.length > 1 ? "7F 31 31" : EQUAL);
  lab.survey();
  deepStrictEqual(lab.skipped, [0, 1]);
});

Deno.test("compareSegments() does not take a late answer for that to the next question", () => {
  // The first question is answered twice, as it was asked again; the second segment is another one.
  const lab = new SurveyLab(2, (asked, i) => {
    if (i === 0) return `${EQUAL} after 240`;
    if (i === 1) return `${EQUAL} after 100`;
    return asked[0] === 1 ? `${DIFFERENT} after 90` : EQUAL;
  });
  lab.ledger.asksJointly = false;
  lab.survey();
  deepStrictEqual(lab.skipped, [0]);
});

Deno.test("compareSegments() does not ask what the checksum of an erased segment is", () => {
  const lab = new SurveyLab(3, () => EQUAL);
  lab.ledger.touch(1);
  lab.survey();
  deepStrictEqual(lab.skipped, [0, 2]);
  deepStrictEqual(lab.questions.map(({ segments }) => segments), [[0], [2]]);
});

Deno.test("compareSegments() errors when the node has left its session", () => {
  const lab = new SurveyLab(2, () => "7F 31 7F");
  ok(lab.survey() instanceof Error);
  deepStrictEqual(lab.skipped, []);
  strictEqual(lab.questions.length, 1);
});

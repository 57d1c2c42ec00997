/** Conversations with a node with two banks that answers by a table: which one it runs, and when. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  findDevice,
  type MemoryLayout,
  planFlash,
  planInactiveBank,
} from "../../../../src/stm32/mod.ts";
import { BUILT_IN_PROFILES, type NodeJob, type UpdateProfile } from "../../../../src/update/mod.ts";
import { ISO14229_PROFILE } from "../../../../src/update/profiles/iso14229.ts";
import { G474, imageFor } from "../../../support/host_bench.ts";
import { type Answers, type Conversation, converse, told } from "../_conversation.ts";

const { banks } = BUILT_IN_PROFILES.get("iso14229-banks")!;
const LAYOUT: MemoryLayout = {
  bootloader: { start: 0x0800_0000, end: 0x0800_8000 },
  application: { start: 0x0800_8000, end: 0x0804_0000 },
};
const PLAN = planFlash({
  image: imageFor(G474, 300, 1),
  geometry: findDevice(G474.device),
  layout: LAYOUT,
});
const ONCE = { ...ISO14229_PROFILE.timing, nodeAttemptsMax: 1, segmentAttemptsMax: 1 };
const STATUS = "22 42 53";
const SWAP = "31 01 42 53";
const CONFIRM = "31 01 42 43";

/** A node with two banks, as far as it tells. */
class BankNode {
  isSwapped = false;
  isOnTrial = false;
  hasTwoBanks = true;
  isSwapAsked = false;
  /** How often its status was asked for since it was reset. */
  askedSinceReset = -1;

  get status(): string {
    const bits = (this.hasTwoBanks ? 1 : 0) | (this.isSwapped ? 2 : 0) | (this.isOnTrial ? 4 : 0);
    return `62 42 53 0${bits}`;
  }

  /** What it answers as it should. */
  readonly answers: Answers = {
    [STATUS]: () => {
      if (this.askedSinceReset >= 0) this.askedSinceReset++;
      return this.status;
    },
    [SWAP]: () => {
      this.isSwapAsked = true;
      return "71 01 42 53";
    },
    [CONFIRM]: () => {
      this.isOnTrial = false;
      return "71 01 42 43";
    },
    "11 01": () => {
      this.askedSinceReset = 0;
      if (this.isSwapAsked) this.isSwapped = this.isOnTrial = true;
      this.isSwapAsked = false;
      return "51 01";
    },
    "22 F1 89": () => `62 F1 89 3${this.isSwapped ? 2 : 1}`,
  };

  /** Goes back by itself. */
  goBack(): void {
    this.isSwapped = this.isOnTrial = false;
  }
}

function update(
  node: BankNode,
  answers: Answers = {},
  profile: Partial<UpdateProfile> = {},
  more: Pick<NodeJob, "expectedVersion" | "rollbackPlan"> & { readonly stopAtRequest?: number } =
    {},
): Conversation {
  const { stopAtRequest, ...job } = more;
  return converse({
    profile: { banks: banks!, timing: ONCE, ...profile },
    job: { plan: PLAN, inactivePlan: planInactiveBank(PLAN), ...job },
    answers: {
      ...answers,
      ...Object.fromEntries(
        Object.entries(node.answers).filter(([begin]) => !(begin in answers)),
      ),
    },
    ...(stopAtRequest === undefined ? {} : { stopAtRequest }),
  });
}

function endOf(conversation: Conversation): string {
  const { events } = conversation;
  const end = events.at(-1)!;
  if (end.type === "nodeRefused") return `refused: ${end.error.code}`;
  return told({ ...conversation, events: [end] }).replace(/: Cannot.*/, "");
}

function countOf({ requests }: Conversation, begin: string): number {
  return requests.filter((request) => request.startsWith(begin)).length;
}

Deno.test("updateNode() confirms a bank on trial once, and one that needs no confirmation not at all", () => {
  const node = new BankNode();
  const conversation = update(node);
  strictEqual(endOf(conversation), "done");
  strictEqual(countOf(conversation, CONFIRM), 1);
  deepStrictEqual([node.isSwapped, node.isOnTrial], [true, false]);

  const settled = new BankNode();
  const begin = settled.answers["11 01"]!;
  const without = update(settled, {
    "11 01": (i, request) => {
      const answer = begin(i, request);
      settled.isOnTrial = false;
      return answer;
    },
  });
  strictEqual(endOf(without), "done");
  strictEqual(countOf(without, CONFIRM), 0, "it is settled");
});

Deno.test("updateNode() confirms a new bank where the profile knows no trial to ask for", () => {
  const { trial: _trial, ...known } = banks!;
  const conversation = update(new BankNode(), {}, { banks: known });
  strictEqual(endOf(conversation), "done");
  strictEqual(countOf(conversation, CONFIRM), 1);
});

Deno.test("updateNode() refuses a node with one bank before anything is asked of its bootloader", () => {
  const node = new BankNode();
  node.hasTwoBanks = false;
  const conversation = update(node);
  strictEqual(endOf(conversation), "refused: BANK_MODE");
  strictEqual(countOf(conversation, "10 02"), 0);
});

Deno.test("updateNode() erases nothing of a node that does not tell how its banks are, or tells late", () => {
  const never = update(new BankNode(), { [STATUS]: () => "7F 22 31" });
  strictEqual(endOf(never), "refused: BANK_MODE");
  strictEqual(countOf(never, "31 01 FF 00"), 0);

  // An application need not tell; its bootloader does.
  const late = new BankNode();
  const inside = update(late, { [STATUS]: (i) => i === 0 ? "7F 22 31" : late.status });
  strictEqual(endOf(inside), "done");
  const single = new BankNode();
  single.hasTwoBanks = false;
  const one = update(single, { [STATUS]: (i) => i === 0 ? "7F 22 31" : single.status });
  strictEqual(endOf(one), "refused: BANK_MODE");
  strictEqual(countOf(one, "31 01 FF 00"), 0);
});

Deno.test("updateNode() takes no node for new that still runs its old bank", () => {
  // It says that it exchanges them, and does not.
  const node = new BankNode();
  const conversation = update(node, { [SWAP]: () => "71 01 42 53" });
  strictEqual(endOf(conversation), "failed rolledBack");
  strictEqual(countOf(conversation, CONFIRM), 0);
});

Deno.test("updateNode() knows that a node stays as it is that refuses the exchange", () => {
  const conversation = update(new BankNode(), { [SWAP]: () => "7F 31 22" });
  strictEqual(endOf(conversation), "failed oldImage");
});

/** A node whose new image does not answer as it should; it goes back after so many questions. */
function failing(
  backAfter: number,
  version?: (node: BankNode) => string,
  job: Pick<NodeJob, "rollbackPlan"> = {},
): { node: BankNode; run: Conversation } {
  const node = new BankNode();
  const answers: Answers = {
    [STATUS]: (i, request) => {
      if (node.askedSinceReset === backAfter) node.goBack();
      return node.answers[STATUS]!(i, request);
    },
    ...(version === undefined ? {} : { "22 F1 89": () => version(node) }),
  };
  return { node, run: update(node, answers, {}, { expectedVersion: "3", ...job }) };
}

Deno.test("updateNode() waits until a node that was not confirmed has gone back by itself", () => {
  const { node, run } = failing(20);
  strictEqual(endOf(run), "failed rolledBack");
  ok(node.askedSinceReset > 20, "not before it says so");
  strictEqual(countOf(run, CONFIRM), 0);
});

Deno.test("updateNode() does not wait longer for a node to go back than its profile says", () => {
  const { run } = failing(Infinity);
  strictEqual(endOf(run), "failed newImageUnconfirmed");
  const reset = run.requests.findIndex((request) => request.startsWith("11 01"));
  const waitedMs = run.times.at(-1)! - run.times[reset]!;
  const { activationMsMax } = ISO14229_PROFILE.timing;
  ok(waitedMs >= banks!.rollbackMsMax && waitedMs < banks!.rollbackMsMax + activationMsMax + 1000);
});

Deno.test("updateNode() believes a node that knows no version that it has gone back", () => {
  const { versionDid: _versionDid, ...identity } = ISO14229_PROFILE.identity;
  const node = new BankNode();
  const run = update(node, {
    [STATUS]: (i, request) => {
      if (node.askedSinceReset > 20) node.goBack();
      return node.answers[STATUS]!(i, request);
    },
    [CONFIRM]: () => "7F 31 72",
  }, { identity });
  strictEqual(endOf(run), "failed rolledBack");
});

Deno.test("updateNode() gives a node with two banks no other image: it has that still", () => {
  const { run } = failing(20, undefined, { rollbackPlan: PLAN });
  strictEqual(endOf(run), "failed rolledBack");
  deepStrictEqual(run.requests, failing(20).run.requests);
  const [planned] = run.events;
  strictEqual(planned?.type === "nodePlanned" && planned.bank, "inactive");
});

Deno.test("updateNode() believes no refusal of a node with two banks: its application may have said so", () => {
  const timing = { ...ISO14229_PROFILE.timing, nodeAttemptsMax: 4 };
  const refused = (i: number) => i < 3 ? "7F 34 31" : undefined;
  const run = update(new BankNode(), { "34": refused }, { timing });
  strictEqual(endOf(run), "done");
  const one = converse({ profile: { timing }, answers: { "34": refused } });
  strictEqual(endOf(one), "failed bootloader");
});

Deno.test("updateNode() takes a bootloader that tells how the banks are for no image that runs", () => {
  // It is back, and stays in its bootloader, which tells no version.
  const { node, run } = failing(
    5,
    ({ isSwapped, askedSinceReset }) =>
      isSwapped ? "62 F1 89 32" : askedSinceReset < 0 ? "62 F1 89 31" : "7F 22 31",
  );
  strictEqual(node.isSwapped, false);
  strictEqual(endOf(run), "failed newImageUnconfirmed");
});

Deno.test("updateNode() goes on waiting for a node that is silent as it goes back", () => {
  let silentCount = 0;
  const { run } = failing(20, ({ isSwapped, askedSinceReset }) => {
    // It resets itself again and again.
    if (askedSinceReset > 10 && silentCount < 5) {
      silentCount++;
      return "silence";
    }
    return `62 F1 89 3${isSwapped ? 2 : 1}`;
  });
  strictEqual(endOf(run), "failed rolledBack");
  strictEqual(silentCount, 5);
});

Deno.test("updateNode() stops waiting for a node to go back once it is to stop", () => {
  const { run } = failing(Infinity);
  const reset = run.requests.findIndex((request) => request.startsWith("11 01"));
  const node = new BankNode();
  const stopAtRequest = reset + 150;
  const stopped = update(node, {}, {}, { expectedVersion: "3", stopAtRequest });
  strictEqual(endOf(stopped), "cancelled newImageUnconfirmed");
  ok(stopped.requests.length < stopAtRequest + 5);
});

Deno.test("updateNode() does not write again what runs already, and starts it", () => {
  const conversation = update(new BankNode(), { "31 01 02 02": () => "71 01 02 02 00" });
  strictEqual(endOf(conversation), "up to date");
  strictEqual(countOf(conversation, "31 01 FF 00"), 0);
  strictEqual(countOf(conversation, SWAP), 0);
});

Deno.test("updateNode() goes on behind an exchange whose node it lost, and exchanges no second time", () => {
  const timing = { ...ISO14229_PROFILE.timing, segmentAttemptsMax: 1 };
  const node = new BankNode();
  // It has exchanged its banks, and answers the reset with another session's refusal.
  const reset = node.answers["11 01"]!;
  const run = update(node, {
    "11 01": (i, request) => {
      const answer = reset(i, request);
      return i === 0 ? "7F 11 7F" : answer;
    },
  }, { timing });
  strictEqual(endOf(run), "done");
  strictEqual(countOf(run, SWAP), 1);
  deepStrictEqual([node.isSwapped, node.isOnTrial], [true, false]);
  ok(!told(run).includes("skipped"), "it was verified where it was written");
});

Deno.test("updateNode() leaves the way back alone where only the exchange says what runs", () => {
  // The check is no reading: the bank that runs cannot be compared.
  const profile = { check: { ...ISO14229_PROFILE.check!, readOnly: false } };
  const timing = { ...ISO14229_PROFILE.timing, segmentAttemptsMax: 1 };
  const node = new BankNode();
  const reset = node.answers["11 01"]!;
  const run = update(node, {
    "11 01": (i, request) => {
      const answer = reset(i, request);
      return i === 0 ? "7F 11 7F" : answer;
    },
  }, { ...profile, timing });
  strictEqual(endOf(run), "done");
  strictEqual(countOf(run, "31 01 FF 00"), 1);
  const erase = run.requests.findIndex((request) => request.startsWith("31 01 FF 00"));
  ok(!run.requests.slice(0, erase).some((request) => request.startsWith("31 01 02 02")));
  const none = update(new BankNode(), {}, { check: undefined } as never);
  strictEqual(endOf(none), "done");
});

Deno.test("updateNode() takes silence to a comparison for no difference, and erases nothing", () => {
  const run = update(new BankNode(), { "31 01 02 02": () => "silence" });
  strictEqual(endOf(run), "failed oldImage");
  strictEqual(countOf(run, "31 01 FF 00"), 0);
});

Deno.test("updateNode() knows nothing of a node that told no version and was not entered", () => {
  const run = update(new BankNode(), { "22 F1 89": () => "7F 22 31", "10 02": () => "7F 10 31" });
  strictEqual(endOf(run), "failed untouched");
});

Deno.test("updateNode() takes a node that settled on its new bank for none that went back", () => {
  const node = new BankNode();
  const run = update(
    node,
    {
      [STATUS]: (i, request) => {
        // Its own application confirms it, though it is another one than was expected.
        if (node.askedSinceReset === 5) node.isOnTrial = false;
        return node.answers[STATUS]!(i, request);
      },
    },
    {},
    { expectedVersion: "3" },
  );
  strictEqual(node.isOnTrial, false);
  strictEqual(endOf(run), "failed newImageUnconfirmed");
});

Deno.test("updateNode() says that another image is on trial, also where the node does not hear it", () => {
  const node = new BankNode();
  node.isOnTrial = true;
  const run = update(node, { "10 01": () => "silence" });
  const end = run.events.at(-1)!;
  strictEqual("error" in end ? end.error.code : end.type, "BANK_TRIAL");
  strictEqual(countOf(run, "31 01 FF 00"), 0);
});

Deno.test("updateNode() writes in place where the fleet file leaves it open and the node has one bank", () => {
  const node = new BankNode();
  node.hasTwoBanks = false;
  const profile = { banks: banks!, timing: ONCE };
  const inactivePlan = planInactiveBank(PLAN);
  const run = converse({
    profile,
    job: { plan: PLAN, inactivePlan, singleBankPlan: PLAN },
    answers: { ...node.answers, "22 F1 89": () => "62 F1 89 32" },
  });
  strictEqual(endOf(run), "done");
  strictEqual(countOf(run, "31 01 FF 00 44 08 00 80 00"), 1);
  strictEqual(countOf(run, SWAP), 0);

  // A node that does not tell is no node with one bank.
  const silent = converse({
    profile,
    job: { plan: PLAN, inactivePlan, singleBankPlan: PLAN },
    answers: { [STATUS]: () => "7F 22 31" },
  });
  strictEqual(endOf(silent), "refused: BANK_MODE");
  strictEqual(countOf(silent, "31 01 FF 00"), 0);
});

Deno.test("updateNode() writes no node in place that says it has two banks, before it is entered", () => {
  const inPlace = (status: string): Conversation =>
    converse({
      profile: { banks: banks!, timing: ONCE },
      job: { plan: PLAN },
      answers: { [STATUS]: () => status },
    });
  const two = inPlace("62 42 53 01");
  strictEqual(endOf(two), "refused: BANK_MODE");
  strictEqual(countOf(two, "10 02"), 0);
  strictEqual(endOf(inPlace("62 42 53 00")), "done");
  strictEqual(endOf(inPlace("7F 22 31")), "done", "an application need not tell");
  strictEqual(endOf(inPlace("62 42 53")), "done", "it tells nothing");
});

Deno.test("updateNode() is not up to date where the other bank holds the image already, and runs it then", () => {
  const node = new BankNode();
  const conversation = update(node, {
    "31 01 02 02": (_, request) => `71 01 02 02 0${request.includes("44 08 04") ? 0 : 1}`,
  });
  strictEqual(countOf(conversation, "31 01 FF 00"), 0);
  deepStrictEqual(conversation.events.at(-1), { type: "nodeDone", upToDate: false, version: "2" });
  ok(node.isSwapped);
});

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { NodeBehaviour } from "../../../src/sim/mod.ts";
import { APPLICATION, applicationBytes, Lab, word } from "./node_support.ts";

const APPLICATION_OPTIONS = { application: [{ start: APPLICATION, data: applicationBytes(4096) }] };

/** A node in its extended session, S3 3 s. */
function inSession(behaviour: NodeBehaviour): Lab {
  const lab = new Lab({ behaviour: { s3Ms: 3000, ...behaviour }, ...APPLICATION_OPTIONS }).start();
  lab.answer("10 03");
  return lab;
}

/** The session after three functional 3E 80, 2 s apart, and 2 s more. */
function keptFunctionally(behaviour: NodeBehaviour): number {
  const lab = inSession(behaviour);
  for (let i = 0; i < 3; i++) {
    lab.wait(2000);
    lab.send("3E 80", "functional");
  }
  return lab.wait(2000).node.session;
}

Deno.test("a functional 3E 80 keeps a session, but where only physical traffic does", () => {
  strictEqual(keptFunctionally({}), 3);
  strictEqual(keptFunctionally({ keepsSessionByTesterPresentOnly: true }), 3);
  strictEqual(keptFunctionally({ keepsSessionByPhysicalOnly: true }), 1);
  strictEqual(keptFunctionally({ functionalRequests: "dropped" }), 1);
  strictEqual(keptFunctionally({ functionalRequests: "droppedInMessage" }), 3);
  const lab = inSession({ keepsSessionByPhysicalOnly: true });
  for (let i = 0; i < 3; i++) lab.wait(2000).answer("22 F1 89");
  strictEqual(lab.wait(2000).node.session, 3, "any request on its own identifier does");
});

/** What a node counts as heard when a functional request comes amid a segmented one. */
function requestsAmidMessage(behaviour: NodeBehaviour): readonly string[] {
  const lab = new Lab({ behaviour: { stMin: 10, ...behaviour }, ...APPLICATION_OPTIONS }).start();
  lab.send(new Uint8Array(100).fill(0x22));
  lab.wait(50).send("3E 80", "functional");
  lab.wait(500).send("3E 80", "functional");
  lab.wait(50);
  return lab.events.flatMap((event) => event.type === "request" ? [event.addressing] : []);
}

Deno.test("droppedInMessage loses a functional request amid a segmented one, dropped any", () => {
  deepStrictEqual(requestsAmidMessage({}), ["functional", "physical", "functional"]);
  deepStrictEqual(requestsAmidMessage({ functionalRequests: "droppedInMessage" }), [
    "physical",
    "functional",
  ]);
  deepStrictEqual(requestsAmidMessage({ functionalRequests: "dropped" }), ["physical"]);
});

Deno.test("a message given up in its midst drops functional requests no longer", () => {
  const behaviour: NodeBehaviour = {
    stMin: 10,
    nCrMs: 100,
    functionalRequests: "droppedInMessage",
  };
  const lab = new Lab({ behaviour, ...APPLICATION_OPTIONS }).start();
  const sending = lab.link.send(new Uint8Array(100)).subscribe();
  lab.wait(50);
  sending.unsubscribe();
  lab.wait(200).send("3E 80", "functional");
  lab.wait(10);
  strictEqual(lab.events.filter(({ type }) => type === "request").length, 1);
});

Deno.test("responsePauseMs: a request that comes sooner is worked on then", () => {
  const lab = new Lab({ behaviour: { responsePauseMs: 50 } }).start();
  const times = ["3E 00", "3E 00", "22 F1 80"].map((request) => lab.ask(request).at(-1)!.atMs);
  const pausesMs = [times[1]! - times[0]!, times[2]! - times[1]!];
  ok(pausesMs.every((ms) => ms > 49.9 && ms < 51), pausesMs.join(" "));
  lab.wait(200);
  ok(lab.ask("3E 00").at(-1)!.atMs - lab.sentAtMs < 1, "one that comes later is not delayed");
});

/** How long each of so many segmented requests took, in ms, by the tester's clock. */
function requestsMs(behaviour: NodeBehaviour, count: number): readonly number[] {
  const lab = new Lab({ behaviour }).start();
  return Array.from({ length: count }, () => {
    const fromMs = lab.clock.now();
    lab.answer(`2E F1 99 ${word(1)} ${word(2)} ${word(3)}`);
    return lab.clock.now() - fromMs;
  });
}

Deno.test("lateFlowControlEvery makes every n-th flow control late, and no other", () => {
  const times = requestsMs({ lateFlowControlEvery: 3, lateFlowControlMs: 150 }, 7);
  deepStrictEqual(times.map((ms) => ms >= 150), [false, false, true, false, false, true, false]);
  const delayed = requestsMs({ flowControlDelayMs: 20, lateFlowControlEvery: 2 }, 2);
  ok(delayed[0]! >= 20 && delayed[0]! < 50 && delayed[1]! >= 150);
});

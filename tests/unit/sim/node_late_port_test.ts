import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { APPLICATION, applicationBytes, Lab } from "./node_support.ts";

/** A node whose port confirms what it sent 30 ms late, as on a busy host. */
function lateLab(): Lab {
  return new Lab({
    lateness: { lagMs: 30, batchFrames: 1 },
    application: [{ start: APPLICATION, data: applicationBytes(4096) }],
  }).start();
}

for (const request of ["10 02", "11 01", "10 01", "31 01 02 03"]) {
  Deno.test(`a request that comes while a node resets is lost with it: 10 02, then ${request}`, () => {
    const lab = lateLab();
    lab.send("10 02");
    // The node's 0x78 is on the bus, and not confirmed to the node yet.
    lab.wait(10).send(request);
    lab.wait(500);
    deepStrictEqual(lab.heard.map(({ hex }) => hex), ["7F 10 78", "50 02 00 32 01 F4"]);
    strictEqual(lab.node.session, 2);
    strictEqual(lab.answer("3E 00"), "7E 00");
  });
}

Deno.test("a request that comes while a node resets is lost with it: 11 01, then 10 02", () => {
  const lab = lateLab();
  lab.send("11 01");
  lab.wait(10).send("10 02");
  lab.wait(500);
  strictEqual(lab.node.session, 1);
  strictEqual(lab.answer("3E 00"), "7E 00");
});

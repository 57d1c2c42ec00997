import { deepStrictEqual, ok } from "node:assert/strict";
import { parseRequestTemplate } from "../../src/uds/mod.ts";
import { ISO14229_PROFILE } from "../../src/update/profiles/iso14229.ts";
import { differingNodes, randomImage, runBench } from "../support/bench.ts";

Deno.test("updateNode() writes all again when one erase takes all and a program fails", () => {
  const image = randomImage(0x0800_8000, 60_000, 9);
  const erase = {
    ...ISO14229_PROFILE.erase,
    scope: "image",
    request: parseRequestTemplate("31 01 FF 00"),
  } as const;
  const { events, nodes } = runBench({
    image,
    profile: { ...ISO14229_PROFILE, erase },
    behaviours: [{ failProgramAt: 0x0801_1000 }],
  });
  ok(events.some((event) => event.type === "retry"));
  deepStrictEqual(events.filter((event) => event.type === "nodeFailed"), []);
  deepStrictEqual(differingNodes(nodes, image), []);
});

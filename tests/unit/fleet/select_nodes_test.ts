import { deepStrictEqual, throws } from "node:assert/strict";
import { type NodeSelection, SelectionError, selectNodes } from "../../../src/fleet/mod.ts";
import { fleetText, read } from "./_support.ts";

const NODES = ["left", "right", "roof"].map((name, i) =>
  `  - { name: ${name}, template: t, request: ${i + 1}, response: ${i + 17}, groups: [${
    name === "roof" ? "body" : "doors, body"
  }] }\n`
).join("");
const FLEET = read(
  fleetText({ file: "templates: { t: { bus: can, device: F407VG, layout: f407, image: app } }" })
    .replace("nodes:\n", `defaults: { security: none }\nnodes:\n${NODES}`),
);

const SELECTIONS: readonly (readonly [NodeSelection, readonly string[]])[] = [
  [{ only: [], except: [] }, ["left", "right", "roof", "one"]],
  [{ only: ["doors"], except: [] }, ["left", "right"]],
  [{ only: ["one", "left"], except: [] }, ["left", "one"]],
  [{ only: [], except: ["doors"] }, ["roof", "one"]],
  [{ only: ["body"], except: ["left"] }, ["right", "roof"]],
  [{ only: ["r*"], except: [] }, ["right", "roof"]],
  [{ only: ["d??rs"], except: ["*ft"] }, ["right"]],
  [{ only: ["*"], except: ["o*"] }, ["left", "right", "roof"]],
];

for (const [selection, names] of SELECTIONS) {
  const { only, except } = selection;
  Deno.test(`selectNodes() takes only [${only}] and not [${except}]`, () => {
    deepStrictEqual(selectNodes(FLEET, selection).map((node) => node.name), names);
  });
}

Deno.test("selectNodes() refuses a name that is nobody's, and suggests one", () => {
  throws(() => selectNodes(FLEET, { only: ["dors"], except: [] }), {
    name: "SelectionError",
    code: "SELECTION",
    message:
      'Cannot select nodes: fleet.yaml has no node and no group "dors", did you mean "doors"?',
  });
});

Deno.test("selectNodes() lists eight of the names that there are, and counts the others", () => {
  const ids = "request: 0x600 + {i}\n    response: 0x700 + {i}";
  const many = read(fleetText({ ids }).replace("name: one", "name: n{i}\n    count: 10"));
  throws(() => selectNodes(many, { only: ["xyzzy"], except: [] }), {
    message:
      'Cannot select nodes: fleet.yaml has no node and no group "xyzzy"; it has n0, n1, n2, ' +
      "n3, n4, n5, n6, n7 and 2 more",
  });
});

Deno.test("selectNodes() refuses a selection of nothing", () => {
  throws(
    () => selectNodes(FLEET, { only: ["one"], except: ["one"] }),
    new SelectionError("nothing is left of the fleet"),
  );
});

Deno.test("selectNodes() takes ranges of numbered names, written out or short", () => {
  const ids = "request: 0x600 + {i}\n    response: 0x700 + {i}";
  const many = read(fleetText({ ids }).replace("name: one", "name: n{i}\n    count: 12"));
  const names = (word: string): readonly string[] =>
    selectNodes(many, { only: [word], except: [] }).map(({ name }) => name);
  deepStrictEqual(names("n9..n11"), ["n9", "n10", "n11"]);
  deepStrictEqual(names("n2..3"), ["n2", "n3"]);
  deepStrictEqual(names("n007..8"), ["n7", "n8"]);
  for (const word of ["n3..n2", "m1..n2", "n1..m2", "x*", "n1.*2"]) {
    throws(() => names(word), {
      message: `Cannot select nodes: fleet.yaml has no node and no group like "${word}"`,
    });
  }
});

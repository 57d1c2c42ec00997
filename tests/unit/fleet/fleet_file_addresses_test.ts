/** Whom an identifier of a fleet file belongs to, in each way of addressing. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fleetText, mistakes, read } from "./_support.ts";

/** A second node on the same bus. */
function second(...lines: readonly string[]): string {
  return [
    "  - name: two",
    "    bus: can",
    ...lines.map((line) => `    ${line}`),
    "    device: STM32F407VG",
    "    layout: f407",
    "    image: app",
    "    security: none",
  ].join("\n");
}

Deno.test("readFleetFile() knows which 29-bit identifiers addresses stand for", () => {
  const clashesOf = (ids: string, request: string, response: string): readonly string[] =>
    mistakes(fleetText({
      ids,
      bus: '{ url: "virtual:can", functional: none }',
      node: "profile: iso14229",
      file: second("idBits: 29", `request: ${request}`, `response: ${response}`),
    }));
  const fixed = "addressing: normalFixed\n    address: 0x10";
  const mixed = "addressing: mixed\n    idBits: 29\n    address: 0x10\n    extension: 3";
  const rows: readonly (readonly [string, string, string, string])[] = [
    [fixed, "0x18DA10F1", "0x18DA0000", "0x18DA10F1 is the request of one already"],
    [fixed, "0x18DA0000", "0x18DAF110", "0x18DAF110 is the response of one already"],
    [`${fixed}\n    tester: 0xF0`, "0x18DA10F0", "0x18DA0000", "0x18DA10F0 is the request of one"],
    [mixed, "0x18CE10F1", "0x18CE0000", "0x18CE10F1 is the request of one already"],
    [mixed, "0x18CE0000", "0x18CEF110", "0x18CEF110 is the response of one already"],
  ];
  for (const [ids, request, response, expected] of rows) {
    const found = clashesOf(ids, request, response).filter((line) => line.includes("already"));
    strictEqual(found.length, 1, expected);
    ok(found[0]!.includes(expected), found[0]);
  }
  deepStrictEqual(
    clashesOf(fixed, "0x18DA11F1", "0x18DAF111").filter((line) => line.includes("already")),
    [],
  );
});

Deno.test("readFleetFile() takes nobody's request for that of a bus as a whole", () => {
  const clashOf = (functional: string, request: string): string | undefined =>
    mistakes(fleetText({
      bus: `{ url: "virtual:can", functional: ${functional} }`,
      ids: `idBits: 29\n    request: ${request}\n    response: 0x18DA0000`,
    })).find((line) => line.includes("functional identifier of can"));
  const fixed = "{ addressing: normalFixed, address: 0x33 }";
  const mixed = "{ addressing: mixed, idBits: 29, address: 0x33, extension: 3 }";
  ok(clashOf(fixed, "0x18DB33F1")!.includes("0x18DB33F1 is the functional identifier of can"));
  strictEqual(clashOf(fixed, "0x18DA33F1"), undefined);
  ok(clashOf(mixed, "0x18CD33F1")!.includes("0x18CD33F1 is the functional identifier of can"));
  strictEqual(clashOf(mixed, "0x18CE33F1"), undefined);
});

Deno.test("readFleetFile() has a group's identifier lose where one node alone takes groups", () => {
  const text = (bus: string) =>
    fleetText({
      bus: `{ url: "virtual:can", group: ${bus} }`,
      node: "profile: iso14229-group",
      file: second("profile: iso14229", "request: 0x600", "response: 0x601"),
    });
  deepStrictEqual(mistakes(text("0x7FF")), []);
  ok(mistakes(text("0x5FF"))[0]!.includes("0x5FF does not lose against 0x7DF"));
  const none = text("0x5FF").replace("profile: iso14229-group", "profile: iso14229");
  deepStrictEqual(mistakes(none), []);
});

Deno.test("readFleetFile() addresses a bus without nodes as all are that say nothing", () => {
  const { buses } = read(fleetText({ bus: '{ url: "virtual:can" }, two: { url: "virtual:two" }' }));
  const id = { id: 0x7DF, extended: false };
  deepStrictEqual(buses.get("two")!.functional, { mode: "normal", tx: id, rx: id });
});

Deno.test("readFleetFile() says at its own key what is missing from a functional address", () => {
  const missing = (functional: string): readonly string[] =>
    mistakes(fleetText({ bus: `{ url: "virtual:can", functional: ${functional} }` }))
      .map((line) => line.split(", ")[0]!.replace(/^[\d:]+ /, ""));
  deepStrictEqual(missing("{ addressing: extended, id: 0x7DF }"), [
    "buses.can.functional.address: missing",
  ]);
  deepStrictEqual(missing("{ addressing: mixed, id: 0x7DF }"), [
    "buses.can.functional.extension: missing",
  ]);
  deepStrictEqual(missing("{ addressing: extended, address: 0x33 }"), [
    "buses.can.functional.id: missing",
  ]);
});

Deno.test("readFleetFile() says at its own key what an address leaves no place for", () => {
  const places = (text: string): readonly string[] =>
    mistakes(text).map((line) => line.split(" ").slice(1).join(" "));
  const ids = "addressing: normalFixed\n    address: 3\n    request: 0x700\n    response: 0x701";
  deepStrictEqual(places(fleetText({ ids })), [
    "nodes[0].request: expected no request with normalFixed addressing",
    "nodes[0].response: expected no response with normalFixed addressing",
  ]);
  const functional = "{ addressing: normalFixed, address: 3, id: 5 }";
  deepStrictEqual(places(fleetText({ bus: `{ url: "virtual:can", functional: ${functional} }` })), [
    "buses.can.functional.id: expected no id with normalFixed addressing",
  ]);
});

Deno.test("readFleetFile() takes 11 bits up to 0x7FF, said or not, and an extension where one belongs", () => {
  const said = (ids: string): readonly string[] =>
    mistakes(
      fleetText({ ids, bus: '{ url: "virtual:can", group: { idBits: 29, id: 0x1FFFFFFF } }' }),
    )
      .map((line) => line.split(" ").slice(1).join(" "));
  deepStrictEqual(said("idBits: 11\n    request: 0x7FF\n    response: 0x7E8"), []);
  deepStrictEqual(said("addressing: normalFixed\n    idBits: 29\n    address: 0xFF"), []);
  const ids = "request: 0x700\n    response: 0x701\n    extension: 3";
  deepStrictEqual(said(ids), ["nodes[0].extension: expected no extension with normal addressing"]);
  deepStrictEqual(said(`addressing: mixed\n    ${ids}`), []);
  const { addressing } = read(fleetText({ ids: `addressing: mixed\n    ${ids}` })).nodes[0]!;
  deepStrictEqual(addressing, {
    mode: "mixed11",
    tx: { id: 0x700, extended: false },
    rx: { id: 0x701, extended: false },
    addressExtension: 3,
  });
});

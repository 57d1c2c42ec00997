import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { decodeTcpBusMessage, encodeTcpBusMessage } from "../../../src/adapters/tcp_bus_codec.ts";
import { bytesToHex, hexToBytes } from "../../../src/core/mod.ts";

const DOCUMENT = new URL("../../../docs/reference/tcp-bus.md", import.meta.url);

/** The lines of the document's conversation: who speaks, and the bytes. */
function conversation(): readonly (readonly [string, Uint8Array])[] {
  const [, block] = /```tcp-bus\n([^]*?)```/.exec(Deno.readTextFileSync(DOCUMENT))!;
  return block!.trimEnd().split("\n").map((line) => {
    const [, side, bytes] = /^([<>]) ((?:[0-9A-F]{2} )*[0-9A-F]{2})(?: |$)/.exec(line)!;
    return [side!, hexToBytes(bytes!)];
  });
}

Deno.test("docs/reference/tcp-bus.md shows messages as they are, in their order", () => {
  const messages = conversation().map(([side, bytes]) => {
    strictEqual(bytes[0]! << 8 | bytes[1]!, bytes.length - 2, bytesToHex(bytes));
    const message = decodeTcpBusMessage(bytes.subarray(2));
    strictEqual(bytesToHex(encodeTcpBusMessage(message)), bytesToHex(bytes));
    return [side, message] as const;
  });
  deepStrictEqual(messages.map(([side, { type }]) => `${side} ${type}`), [
    "> clientHello",
    "< serverHello",
    "> attach",
    "< state",
    "< frame",
    "> frame",
    "< ended",
  ]);
  const [, hello] = messages[1]!;
  ok(hello.type === "serverHello");
  deepStrictEqual([hello.name, hello.bitRates.bitrateBps], ["bench", 500_000]);
});

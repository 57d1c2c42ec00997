import { ok } from "node:assert/strict";
import { FLEET_LOOKUPS } from "../../../src/tester/mod.ts";
import { readFleetFile } from "../../../src/fleet/mod.ts";
import { accepted, type FuzzDecoder, textWords } from "../decoder.ts";

/** More nodes than this no command is meant for; a file that asks for more is refused. */
const NODES_MAX = 10_000;
const SMALL = `
buses:
  bench: { url: "virtual:bench", bitrate: 500000, dataBitrate: 2000000 }
images:
  app: { file: a.bin, base: 0x08008000, version: 2.0.0 }
layouts:
  g474: &g474
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 480K }
profiles:
  mine: { extends: iso14229, finish: ["31 01 FF 01", "11 01"] }
defaults: { bus: bench, layout: g474, security: { xor: "C3 5A 96 0F" } }
nodes:
  - name: node-{i}
    count: 3
    request: 0x700 + {i}
    response: 0x780 + 2 * {i}
    device: STM32G474RE
    image: app
    profile: mine
    groups: [all, left]
    sim: { behaviour: { flashTimeScale: 0.1 } }
`;

/** Fleet files. */
export const FLEET_FILE: FuzzDecoder = {
  seeds: textWords(
    SMALL,
    Deno.readTextFileSync(new URL("../../../configs/minimal.yaml", import.meta.url)),
  ),
  words: textWords(
    "{i}",
    "{i:3}",
    "count: 99999999",
    "count: -1",
    "&a",
    "*a",
    "*g474",
    "<<: *g474",
    "!t",
    "!!binary",
    "4294967296",
    "1e999",
    ".inf",
    "~",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "#",
    '"',
    "'",
    "|",
    ">",
    "? ",
    "__proto__",
    "constructor",
    "2 * {i}",
    "extends: mine",
    "null",
    "\u0000",
    "\u2028",
    "%YAML 1.1\n---\n",
    "../",
    "securityAccess: 1",
    "(((",
  ),
  inputBytesMax: 4096,
  attempt: (bytes) => {
    const text = new TextDecoder().decode(bytes);
    const fleet = accepted(() => readFleetFile({ name: "any.yaml", text }, FLEET_LOOKUPS));
    if (fleet === undefined) return false;
    ok(fleet.nodes.length > 0 && fleet.nodes.length <= NODES_MAX);
    return true;
  },
};

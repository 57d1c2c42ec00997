/** What one node is sent on the wire by a built-in profile: a fleet file, and its trace in short. */
import { sha256 } from "../../src/codec/mod.ts";
import { bytesToHex } from "../../src/core/mod.ts";

const REQUEST = 0x7E0;
const FUNCTIONAL = 0x7DF;
/** Longer requests are told by their beginning, their length and their hash. */
const WHOLE_BYTES_MAX = 40;
const SHOWN_BYTES = 12;

/** What the fleet file has to say for each profile. */
const NODES: Readonly<Record<string, string>> = {
  "iso14229": "",
  "iso14229-group": "",
  "iso14229-banks": "",
  "textbook": ', level: 0x03 }, fingerprint: "20 26 11 30"',
  "vw-like": ', level: 0x11 }, block: 2, fingerprint: "20 26 11 30 01 02 03 04 05"',
  "nxp-s32k-unified": ' }, driver: driver, fingerprint: "20 26 11 30"',
  "psa-like": " }, block: 2",
  "supplier-hash": ', level: 0x11 }, driver: driver, fingerprint: "26 11 30"',
  "ff01-checksum": "",
};

/**
 * Writes a fleet file of one node that is updated by a profile.
 *
 * @param profile The built-in profile.
 * @returns YAML; it names `app.hex` and `driver.bin` beside it.
 */
export function wireFleet(profile: string): string {
  const node = NODES[profile] || ' }, fingerprint: "20 26 11 30"';
  const [device, application] = profile === "iso14229-banks"
    ? ["STM32F429ZI", "{ start: 0x08008000, size: 864K }"]
    : ["STM32F407VG", "{ start: 0x08008000, size: 992K }"];
  const more = profile === "iso14229-banks"
    ? ", configuration: [{ start: 0x080E0000, size: 128K }]"
    : "";
  const driver = node.includes("driver")
    ? "  driver: { file: driver.bin, base: 0x20001000 }\n"
    : "";
  return `buses: { bench: { url: "virtual:bench" } }
images:
  app: { file: app.hex, version: 2.0.0 }
${driver}nodes:
  - { name: node, bus: bench, request: ${REQUEST}, response: 0x7E8, device: ${device}, image: app,
      profile: ${profile}, layout: { bootloader: { start: 0x08000000, size: 32K },
        application: ${application}${more} },
      security: { xor: "A5 5A 12 34"${node} }
`;
}

/**
 * Reads what went to the node, or to all nodes, from a candump log.
 *
 * @param log The log.
 * @returns A line for each request but TesterPresent; long ones by beginning, length and hash. One that is
 * sent again and again is told once, with how often.
 */
export function wireRequests(log: string): readonly string[] {
  const lines: string[] = [];
  const open = new Map<number, { readonly length: number; readonly bytes: number[] }>();
  for (const [, idText, hexText] of log.matchAll(/ ([0-9A-F]{3})#([0-9A-F]*)/g)) {
    const id = parseInt(idText!, 16);
    if (id !== REQUEST && id !== FUNCTIONAL) continue;
    const [first = 0, ...rest] = (hexText!.match(/../g) ?? []).map((pair) => parseInt(pair, 16));
    const kind = first >> 4;
    if (kind === 0) lines.push(...requestLine(id, rest.slice(0, first)));
    if (kind === 1) {
      open.set(id, { length: (first & 0xF) << 8 | rest[0]!, bytes: rest.slice(1) });
    }
    const message = open.get(id);
    if (kind !== 2 || message === undefined) continue;
    message.bytes.push(...rest);
    if (message.bytes.length < message.length) continue;
    lines.push(...requestLine(id, message.bytes.slice(0, message.length)));
    open.delete(id);
  }
  return countedOnce(lines);
}

function countedOnce(lines: readonly string[]): readonly string[] {
  const counted: { readonly line: string; times: number }[] = [];
  for (const line of lines) {
    const last = counted.at(-1);
    if (last?.line === line) last.times++;
    else counted.push({ line, times: 1 });
  }
  return counted.map(({ line, times }) => times === 1 ? line : `${line}   ${times} times`);
}

function requestLine(id: number, bytes: readonly number[]): readonly string[] {
  if (bytes[0] === 0x3E) return [];
  const to = id === FUNCTIONAL ? "all " : "node";
  const data = Uint8Array.from(bytes);
  if (data.length <= WHOLE_BYTES_MAX) return [`${to} ${bytesToHex(data)}`];
  const hash = bytesToHex(sha256(data).subarray(0, 6));
  return [`${to} ${bytesToHex(data.subarray(0, SHOWN_BYTES))} .. ${data.length} bytes, ${hash}`];
}

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { listJournals } from "../../src/adapters/mod.ts";
import { parseCandump } from "../../src/can/mod.ts";
import { Prng } from "../../src/core/mod.ts";
import { historiesOf, readJournal } from "../../src/journal/mod.ts";
import { CanvoyProcess } from "./canvoy_process.ts";
import { STATE_HOME } from "./state_home.ts";

const NODE_COUNT = 8;
const SEED = 20_261_124;
const IMAGE_BYTES = 60_000;
const START = 0x0800_8000;
/** Between two looks at the trace, which the nodes' process writes when it finds the time, in ms. */
const TRACE_MS = 400;
/** So often is looked for what was not sent. */
const LOOKS_MAX = 150;

/** Where updates are killed. */
export interface KilledHosts {
  /** How many updates there are. */
  readonly updates: number;
  /** The fleet's bus. */
  readonly url: string;
  /** P2 client, in ms: longer than these processes stand still. */
  readonly p2Ms: number;
  /** Starts the nodes in a process of their own, with a trace. */
  readonly start: (
    fleet: string,
    trace: string,
  ) => Promise<{ readonly sim: CanvoyProcess; readonly joins: readonly string[] }>;
}

/** Eight nodes with pages of 2 KiB on a quick CAN FD bus; their flash is quicker than life. */
function fleetText({ url, p2Ms }: KilledHosts): string {
  return `
buses:
  bench: { url: "${url}", bitrate: 1000000, dataBitrate: 5000000 }
images:
  app: { file: a.bin, base: 0x08008000 }
profiles:
  bench: { extends: iso14229, timing: { p2Ms: ${p2Ms}, activationMsMax: ${
    Math.max(3000, 10 * p2Ms)
  } } }
nodes:
  - name: node-{i}
    count: ${NODE_COUNT}
    bus: bench
    request: 0x700 + {i}
    response: 0x780 + {i}
    device: STM32G474RE
    layout:
      bootloader: { start: 0x08000000, size: 32K }
      application: { start: 0x08008000, size: 480K }
    image: app
    profile: bench
    security: none
    sim: { behaviour: { flashTimeScale: 0.2 } }
`;
}

function firmware(seed: number): Uint8Array {
  const data = new Prng(seed).bytes(IMAGE_BYTES);
  const view = new DataView(data.buffer);
  view.setUint32(0, 0x2000_1000, true);
  view.setUint32(4, START + 0x101, true);
  return data;
}

/** A block on its way, by what was on the wire. */
interface SentBlock {
  readonly blockSequenceCounter: number;
  /** Of this try. */
  sentBytes: number;
  /** Of the try that came furthest. */
  mostBytes: number;
}

/** How many bytes of TransferData went to each node, from what was on the wire. */
class SentBytes {
  readonly #path: string;
  #readBytes = 0;
  readonly #left = new Map<number, number>();
  /** The last block to each node: sent again, it counts as what most of it was on the wire at once. */
  readonly #lastBlock = new Map<number, SentBlock>();

  constructor(path: string) {
    this.#path = path;
  }

  /** What was sent since the last call, by node; it waits until each node was sent an image. */
  async taken(): Promise<readonly number[]> {
    const taken = new Array<number>(NODE_COUNT).fill(0);
    for (let look = 0; look < LOOKS_MAX && taken.some((bytes) => bytes < IMAGE_BYTES); look++) {
      await new Promise((resolve) => setTimeout(resolve, TRACE_MS));
      this.#take().forEach((bytes, node) => taken[node]! += bytes);
    }
    return taken;
  }

  #take(): readonly number[] {
    const text = Deno.readTextFileSync(this.#path);
    const end = text.lastIndexOf("\n") + 1;
    const sent = new Array<number>(NODE_COUNT).fill(0);
    for (const line of text.slice(this.#readBytes, end).split("\n")) {
      const frame = parseCandump(line)?.frame;
      const node = (frame?.id ?? 0) - 0x700;
      if (frame !== undefined && node >= 0 && node < NODE_COUNT) {
        sent[node]! += this.#count(node, frame.data);
      }
    }
    this.#readBytes = end;
    return sent;
  }

  /** Source: ISO 15765-2, "Protocol control information". */
  #count(node: number, data: Uint8Array): number {
    const kind = data[0]! >> 4;
    if (kind === 2) {
      const taken = Math.min(this.#left.get(node) ?? 0, data.length - 1);
      this.#left.set(node, (this.#left.get(node) ?? 0) - taken);
      return this.#moreOf(this.#lastBlock.get(node), taken);
    }
    if (kind === 0) {
      const sid = data[data[0] === 0 ? 2 : 1];
      if (sid === 0x34) this.#lastBlock.delete(node);
      return 0;
    }
    if (kind !== 1) return 0;
    const short = (data[0]! & 15) * 256 + data[1]!;
    const header = short === 0 ? 6 : 2;
    if (data[header] === 0x34) this.#lastBlock.delete(node);
    if (data[header] !== 0x36) {
      this.#left.set(node, 0);
      return 0;
    }
    const blockSequenceCounter = data[header + 1]!;
    // On a busy machine an answer, or a flow control, may come too late: its block is sent again.
    let block = this.#lastBlock.get(node);
    if (block?.blockSequenceCounter === blockSequenceCounter) block.sentBytes = 0;
    else this.#lastBlock.set(node, block = { blockSequenceCounter, sentBytes: 0, mostBytes: 0 });
    const view = new DataView(data.buffer, data.byteOffset);
    const lengthBytes = short === 0 ? view.getUint32(2) : short;
    this.#left.set(node, lengthBytes - (data.length - header));
    return this.#moreOf(block, data.length - header - 2);
  }

  /** How much further than ever this try has come with so many bytes. */
  #moreOf(block: SentBlock | undefined, bytes: number): number {
    if (block === undefined) return 0;
    block.sentBytes += bytes;
    const more = Math.max(0, block.sentBytes - block.mostBytes);
    block.mostBytes += more;
    return more;
  }
}

/**
 * Updates eight nodes again and again, kills each update once with -9 at a chance moment and resumes
 * it: every node is then done, and none was sent more than its image once, the segments that the
 * killed run left torn, and 5 % of that.
 */
export async function updateKillResume(hosts: KilledHosts): Promise<void> {
  const { updates, start } = hosts;
  const folder = Deno.makeTempDirSync();
  try {
    const fleet = `${folder}/fleet.yaml`;
    Deno.writeTextFileSync(fleet, fleetText(hosts));
    Deno.writeFileSync(`${folder}/a.bin`, firmware(1));
    Deno.writeFileSync(`${folder}/b.bin`, firmware(2));
    const trace = `${folder}/trace.log`;
    const { sim, joins } = await start(fleet, trace);
    await using _sim = sim;
    const sent = new SentBytes(trace);
    const prng = new Prng(SEED);
    let killedCount = 0;
    for (let i = 0; i < updates; i++) {
      const image = `app=${folder}/${i % 2 === 0 ? "a" : "b"}.bin`;
      const at = `seed ${SEED}, update ${i}`;
      const lines = prng.below(240);
      const isKilled = await updateAndKill(
        ["flash", fleet, ...joins, "--image", image],
        lines,
        prng,
      );
      const torn = isKilled ? tornBytes() : new Array<number>(NODE_COUNT).fill(0);
      if (isKilled) {
        killedCount++;
        await using resume = new CanvoyProcess(["resume"]);
        strictEqual(await resume.ended(), 0, `${at}: ${resume.stdout}${resume.stderr}`);
      }
      await using verify = new CanvoyProcess(["verify", fleet, ...joins, "--image", image]);
      strictEqual(await verify.ended(), 0, `${at}: ${verify.stdout}`);
      (await sent.taken()).forEach((bytes, node) => {
        const bytesMax = 1.05 * (IMAGE_BYTES + torn[node]!);
        ok(bytes <= bytesMax, `${at}: node-${node} was sent ${bytes} bytes, more than ${bytesMax}`);
        ok(bytes >= IMAGE_BYTES, `${at}: node-${node} was sent its image`);
      });
    }
    ok(killedCount > updates / 2, `only ${killedCount} were killed before they were through`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Kills an update some time after so many events; tells whether it was at work still. */
async function updateAndKill(
  args: readonly string[],
  lines: number,
  prng: Prng,
): Promise<boolean> {
  await using flash = new CanvoyProcess([...args, "--json"]);
  await flash.until(new RegExp(`(?:[^\\n]*\\n){${lines}}|"type":"summary"`)).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, prng.below(30)));
  flash.kill("SIGKILL");
  const end = await flash.ended();
  if (end !== "SIGKILL") strictEqual(end, 0, flash.stdout + flash.stderr);
  return end === "SIGKILL";
}

/** Bytes of segments that the killed run may have left torn, by node. */
function tornBytes(): readonly number[] {
  const [newest] = listJournals(`${STATE_HOME}/canvoy/runs`);
  const journal = readJournal(Deno.readFileSync(newest!.path));
  deepStrictEqual(journal.tail === "damaged", false);
  const histories = historiesOf(journal);
  return Array.from({ length: NODE_COUNT }, (_, i) => {
    const distrusted = histories.get(`node-${i}`)?.distrusted ?? [];
    return distrusted.reduce((sum, { start, end }) => sum + end - start, 0);
  });
}

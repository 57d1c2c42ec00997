import { type DocBlock, docBlocks } from "./doc_blocks.ts";
import { ownFirmware } from "./own_firmware.ts";

const PROJECT = new URL("../../", import.meta.url);
/** The port that documents use for examples; tests take one that is free. */
const EXAMPLE_PORT = "4711";

/** Where the firmware of documents' readers is linked. */
const OWN_START = 0x0800_8000;
/** What documents call their readers' own firmware. */
const OWN_FILES: Readonly<Record<string, Uint8Array>> = {
  "build/app.hex": ownFirmware({ start: OWN_START, bytes: 12_000, seed: 1 }),
  "build/before.hex": ownFirmware({ start: OWN_START, bytes: 700, seed: 2 }),
};

/** How a document is run. */
export interface DocRun {
  /** A folder of its own. */
  readonly folder: string;
  /** Whether blocks marked as hardware are run too: then `vcan0` stands for `can0`. */
  readonly hasCan: boolean;
}

/**
 * Carries a document out, block after block: files are written, commands run, those marked `beside`
 * until the end. Files with their content's language: `yaml fleet.yaml`, `js key.js`. A block
 * `text output` is what the commands before it print; a line of `...` stands for any.
 *
 * @param markdown The document.
 * @param run Where.
 * @throws {Error} With what it said, if a command fails.
 */
export async function runDocument(markdown: string, { folder, hasCan }: DocRun): Promise<void> {
  for (const path of ["scripts", "configs"]) {
    await Deno.symlink(new URL(path, PROJECT).pathname, `${folder}/${path}`);
  }
  await Deno.mkdir(`${folder}/build`);
  for (const [file, bytes] of Object.entries(OWN_FILES)) {
    await Deno.writeFile(`${folder}/${file}`, bytes);
  }
  let printed = "";
  const port = String(freePort());
  await using beside = new AsyncDisposableStack();
  for (const block of docBlocks(markdown)) {
    const isHardware = block.words.includes("hardware");
    if (isHardware && !hasCan) continue;
    const text = stoodFor(block.text, port, isHardware || hasCan);
    const file = block.words.find((word) => word.includes("."));
    if (file !== undefined) await writeFile(folder, file, text);
    else if (block.language === "sh") printed = await runBlock(block, text, folder, beside);
    else if (block.words.includes("output")) assertPrinted(printed, text);
  }
}

async function writeFile(folder: string, file: string, text: string): Promise<void> {
  await Deno.mkdir(`${folder}/${file}`.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeTextFile(`${folder}/${file}`, text);
}

/** A document's output is what its reader sees, but for durations: they follow the bytes. */
function assertPrinted(output: string, shown: string): void {
  const printed = withoutDurations(output);
  const parts = withoutDurations(shown).trimEnd().split(/^\.\.\.\n?/m);
  let at = 0;
  for (const part of parts) {
    const found = printed.indexOf(part, at);
    if (found < 0 || (at === 0 && part === parts[0] && found > 0)) {
      throw new Error(`the document shows\n${part}\nwhere this was printed:\n${printed}`);
    }
    at = found + part.length;
  }
}

function withoutDurations(text: string): string {
  return text.replaceAll(/\b\d+\.\d s\b/g, "_ s");
}

/** What stands in a document, as it is where the test runs. */
function stoodFor(text: string, port: string, isLaboratory: boolean): string {
  const here = text.replaceAll(EXAMPLE_PORT, port);
  if (!isLaboratory) return here;
  return here.replace(/\bcan([01])\b/g, "vcan$1").replaceAll("sudo ", "")
    .replace(/ type can bitrate .*$/gm, ""); // a virtual interface has no bit rate
}

async function runBlock(
  { words }: DocBlock,
  text: string,
  folder: string,
  beside: AsyncDisposableStack,
): Promise<string> {
  const process = new Deno.Command("bash", {
    args: ["-c", words.includes("beside") ? `exec ${text}` : `set -euo pipefail\n${text}`],
    cwd: folder,
    env: { XDG_STATE_HOME: `${folder}/state` },
    stdin: "null",
    stdout: "piped",
    stderr: words.includes("beside") ? "null" : "piped",
  }).spawn();
  if (words.includes("beside")) {
    await keepBeside(process, beside);
    return "";
  }
  const { success, code, stderr, stdout } = await process.output();
  const said = (bytes: Uint8Array): string => new TextDecoder().decode(bytes).slice(-2000);
  if (!success) throw new Error(`${text}\nended with ${code}:\n${said(stderr)}${said(stdout)}`);
  return new TextDecoder().decode(stdout);
}

/** Waits for the first word of a program, and ends it with the document. */
async function keepBeside(
  process: Deno.ChildProcess,
  beside: AsyncDisposableStack,
): Promise<void> {
  const reader = process.stdout.getReader();
  beside.defer(async () => {
    process.kill("SIGINT");
    while (!(await reader.read()).done);
    await process.status;
  });
  const { done } = await reader.read();
  if (done) throw new Error("a program that shall run beside the others has ended");
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

import { strictEqual } from "node:assert/strict";
import { dearTest } from "../support/dear.ts";
import { withFleet } from "../support/two_bus_fleet.ts";
import { hasProgram } from "../support/programs.ts";
import { Terminal } from "../support/terminal.ts";

/** So many nodes on so slow a bus that no test sees the end. */
const MANY_NODES = `
buses:
  body: { url: "virtual:body", bitrate: 125000 }
images:
  app: { file: app.hex, version: 2.0.0 }
nodes:
  - name: node-{i}
    count: 300
    first: 1
    bus: body
    request: 0x100 + {i}
    response: 0x300 + {i}
    device: STM32F407VG
    layout:
      bootloader: { start: 0x08000000, size: 32K }
      application: { start: 0x08008000, size: 864K }
    image: app
    security: { xor: "C3 5A 96 0F" }
`;
const UP = "\x1b[A";
const DOWN = "\x1b[B";
const PAGE_DOWN = "\x1b[6~";
const HOME = "\x1b[H";
const CTRL_C = "\x03";
const CTRL_Z = "\x1a";
const QUIT = "\x1c";

/** A test on a terminal where that fleet is being updated; the command line is given. */
function onTerminal(
  name: string,
  body: (terminal: Terminal, flash: string) => Promise<void>,
): void {
  dearTest(name, () =>
    withFleet(async (fleet) => {
      Deno.writeTextFileSync(fleet, MANY_NODES);
      await using terminal = new Terminal();
      await terminal.until(/\$ $/);
      await body(terminal, `scripts/canvoy flash ${fleet}`);
    }), { ignore: !hasProgram("script") || !hasProgram("bash") });
}

/** The terminal's mode, as stty prints it. */
async function modeOf(terminal: Terminal): Promise<string> {
  await terminal.type("stty -g\n");
  return (await terminal.until(/(?:[0-9a-f]+:){20,}[0-9a-f]+\r/))[0];
}

async function press(terminal: Terminal, keys: string, nodes: string): Promise<void> {
  await terminal.type(keys);
  await terminal.until(new RegExp(`nodes ${nodes} of 300, arrows scroll; 28\\d more: `));
}

async function stopAtOnce(
  terminal: Terminal,
  last = /300 nodes: 0 updated[^$]*\$ $/,
): Promise<void> {
  await terminal.type(CTRL_C);
  await terminal.until(/stopping/);
  await terminal.type(CTRL_C);
  await terminal.until(last);
}

onTerminal(
  "flash scrolls its rows by keys, and leaves the terminal as it was",
  async (terminal, flash) => {
    const mode = await modeOf(terminal);
    await press(terminal, `${flash}\n`, "1-14");
    await press(terminal, DOWN, "2-15");
    await press(terminal, PAGE_DOWN, "16-29");
    await press(terminal, "G", "287-300");
    await press(terminal, `${UP}k`, "285-298");
    await press(terminal, HOME, "1-14");
    await press(terminal, "x\x1b[1;5Cj", "2-15");
    await stopAtOnce(terminal);
    await terminal.type("echo ended $?\n");
    await terminal.until(/^ended 130/m);
    strictEqual(await modeOf(terminal), mode);
  },
);

onTerminal(
  "flash gives the terminal to the shell at Ctrl-Z, and takes keys when it is back",
  async (terminal, flash) => {
    const mode = await modeOf(terminal);
    await press(terminal, `${flash}\n`, "1-14");
    await terminal.type(CTRL_Z);
    await terminal.until(/Stopped[^$]*\$ $/);
    strictEqual(await modeOf(terminal), mode);
    await press(terminal, "fg\n", "1-14");
    await press(terminal, DOWN, "2-15");
    await terminal.type(QUIT);
    await terminal.until(/Quit[^$]*\$ $/);
    strictEqual(await modeOf(terminal), mode);
  },
);

onTerminal("flash goes on in the background, without keys", async (terminal, flash) => {
  const mode = await modeOf(terminal);
  for (const start of [`${flash} &\n`, "bg\n"]) {
    await press(terminal, start, "1-14");
    await terminal.type("jobs\n");
    await terminal.until(/Running/);
    strictEqual(await modeOf(terminal), mode);
    await press(terminal, "fg\n", "1-14");
    await terminal.type(CTRL_Z);
    await terminal.until(/Stopped[^$]*\$ $/);
  }
  await press(terminal, "fg\n", "1-14");
  await stopAtOnce(terminal);
});

onTerminal("flash reads nothing where standard input is no terminal", async (terminal, flash) => {
  await terminal.type(`printf untouched | { ${flash}; cat; }\n`);
  await terminal.until(/\.\.\. 28\d more: /);
  await stopAtOnce(terminal, /300 nodes: 0 updated[^$]*untouched\$ $/);
});

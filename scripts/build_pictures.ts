// deno-lint-ignore-file no-console
/**
 * Makes pictures of one real run: sixty virtual nodes in real time, some broken on purpose, on a
 * terminal of its own and on the live page in Chromium.
 *
 *     deno run -A scripts/build_pictures.ts                  docs/pictures, as the README shows them
 *     deno run -A scripts/build_pictures.ts FOLDER 80x24     screens of that size as PNG, to look at
 *
 * Needs `script` of util-linux and Chromium; it takes about a minute.
 */
import { type Browser, chromium } from "playwright-core";
import { type Cell, Screen } from "./pictures/screen.ts";
import { writeSixtyNodes } from "./pictures/sixty_nodes.ts";
import { terminalSvg } from "./pictures/svg.ts";

const PROJECT = new URL("../", import.meta.url).pathname;
const SIZE = { columns: 110, rows: 32 };
/** When the pictures of the middle are taken, in bytes that nodes hold. */
const MIDDLE_RATIO = 0.45;
const PAGE = { width: 1280, height: 900 };

/** What was seen of a run. */
interface SeenRun {
  readonly middle: readonly (readonly Cell[])[];
  readonly end: readonly (readonly Cell[])[];
  /** Everything that stood there at the end, also what has scrolled away. */
  readonly table: readonly (readonly Cell[])[];
}

/** Runs canvoy on a terminal of its own, until its page has nothing more to show. */
async function runOnTerminal(
  folder: string,
  size: typeof SIZE,
  onMiddle: (address: string) => Promise<void>,
): Promise<SeenRun> {
  writeSixtyNodes(folder);
  const command = `stty columns ${size.columns} rows ${size.rows}; exec ${PROJECT}scripts/canvoy ` +
    `flash hall.yaml --web --web-port 0 --report report.html --seed 3`;
  const child = new Deno.Command("script", {
    args: ["--quiet", "--flush", "--return", "--command", command, "/dev/null"],
    cwd: folder,
    env: { TERM: "xterm-256color", XDG_STATE_HOME: `${folder}/state` },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const screen = new Screen(size);
  let said = "";
  let middle: SeenRun["middle"] | undefined;
  for await (const text of wholePieces(child.stdout)) {
    screen.write(text);
    said += text;
    if (middle === undefined && ratioOf(text) >= MIDDLE_RATIO) {
      middle = copy(screen.lines);
      await onMiddle(/http:\S+/.exec(said)![0]);
    }
    if (text.includes("the page stays open")) {
      await Deno.writeTextFile(`${folder}/said.txt`, said);
      child.kill("SIGINT");
      break;
    }
  }
  await child.status;
  const end = copy(screen.lines);
  return { middle: middle ?? end, end, table: [...screen.above, ...end] };
}

function copy(lines: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] {
  return lines.map((line) => [...line]);
}

/** What a program writes, never broken within an escape code. */
async function* wholePieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const whole = rest + text;
    // deno-lint-ignore no-control-regex
    const cut = /\x1b(?:\[[?\d;]*)?$/.exec(whole)?.index ?? whole.length;
    rest = whole.slice(cut);
    yield whole.slice(0, cut);
  }
}

/** How much of all bytes nodes hold, as the last row says. */
function ratioOf(text: string): number {
  const figures = /([\d.]+) (KiB|MiB) of ([\d.]+) MiB(?![\s\S]*MiB of)/.exec(text);
  if (figures === null) return 0;
  return Number(figures[1]) / (figures[2] === "KiB" ? 1024 : 1) / Number(figures[3]);
}

async function picture(browser: Browser, svg: string, path: string): Promise<void> {
  const page = await browser.newPage({ viewport: PAGE });
  await page.setContent(`<body style="margin:0;background:#fff">${svg}</body>`);
  await page.locator("svg").screenshot({ path });
  await page.close();
}

const [folder = `${PROJECT}docs/pictures`, sizeText = `${SIZE.columns}x${SIZE.rows}`] = Deno.args;
const [columns, rows] = sizeText.split("x").map(Number) as [number, number];
const work = await Deno.makeTempDir();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  const seen = await runOnTerminal(work, { columns, rows }, async (address) => {
    const page = await browser.newPage({ viewport: PAGE });
    await page.goto(address);
    await page.locator("#nodes li").nth(59).waitFor();
    await page.locator("#log li").first().waitFor();
    await page.screenshot({ path: `${folder}/page.png` });
    await page.close();
  });
  const size = { columns, rows };
  const svg = terminalSvg(seen.middle, size, "canvoy updates sixty nodes");
  if (Deno.args.length === 0) await Deno.writeTextFile(`${folder}/terminal.svg`, svg);
  else {
    await picture(browser, svg, `${folder}/terminal_${sizeText}.png`);
    const end = terminalSvg(seen.end, size, "the end");
    await picture(browser, end, `${folder}/end_${sizeText}.png`);
    const tall = { columns, rows: seen.table.length };
    await picture(browser, terminalSvg(seen.table, tall, "all"), `${folder}/all_${sizeText}.png`);
    await Deno.copyFile(`${work}/report.html`, `${folder}/report.html`);
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    await page.goto(`file://${work}/report.html`);
    await page.screenshot({ path: `${folder}/report.png`, fullPage: true });
  }
} finally {
  await browser.close();
  await Deno.remove(work, { recursive: true });
}
console.log(`${folder}: done`);

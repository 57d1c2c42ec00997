// deno-lint-ignore-file no-console
/**
 * Runs canvoy itself with `--web` and uses its page in a real Chromium: a node that fails is tried
 * again from the page, a finished run is gone through by the slider, and virtual nodes are watched
 * while another process updates them. Prints what was seen as JSON; it needs every right, so tests
 * run it by itself:
 *
 *     deno run -A tests/support/page_program_browser.ts
 */
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

const PROJECT = new URL("../../", import.meta.url).pathname;
const CANVOY = `${PROJECT}scripts/canvoy`;

/** Two nodes, of which one cannot erase its first sector, once, and is not tried again by itself. */
const FLEET = `buses:
  bench: { url: "virtual:bench", bitrate: 1000000 }
images:
  app: { file: app.hex, version: 2.0.0 }
profiles:
  once: { timing: { segmentAttemptsMax: 1, nodeAttemptsMax: 1, requestAttemptsMax: 1 } }
defaults:
  bus: bench
  device: STM32F407VG
  layout:
    bootloader: { start: 0x08000000, size: 32K }
    application: { start: 0x08008000, size: 992K }
  image: app
  profile: once
  security: none
nodes:
  - { name: good, request: 0x701, response: 0x781 }
  - name: bad
    request: 0x702
    response: 0x782
    sim: { behaviour: { failEraseAt: 0x08008000 } }
`;

/** A program, and what it says. */
class Beside {
  said = "";
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<void>;

  constructor(words: readonly string[], cwd: string) {
    this.#child = new Deno.Command(words[0]!, {
      args: words.slice(1),
      cwd,
      env: { TERM: "xterm", XDG_STATE_HOME: `${cwd}/state` },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const take = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) this.said += text;
    };
    this.#read = Promise.all([take(this.#child.stdout), take(this.#child.stderr)]).then(() => {});
  }

  /** Waits until it has said something; gives what. */
  async says(what: RegExp): Promise<string> {
    for (const endMs = performance.now() + 60_000; performance.now() < endMs;) {
      const found = what.exec(this.said);
      if (found !== null) return found[0];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`it never said ${what}, but:\n${this.said}`);
  }

  /** Ends it as Ctrl-C does. */
  async end(): Promise<number> {
    try {
      this.#child.kill("SIGINT");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // it was quicker
    }
    await this.#read;
    return (await this.#child.status).code;
  }
}

/** canvoy on a terminal of its own, where its page stays open. */
function onTerminal(command: string, cwd: string): Beside {
  const words = ["--quiet", "--flush", "--return", "--command", `exec ${CANVOY} ${command}`];
  return new Beside(["script", ...words, "/dev/null"], cwd);
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(`axe.run().then(({ violations }) => violations.map(({ id }) => id))`);
}

function phaseOf(page: Page, name: string, phase: string) {
  return page.locator("#nodes li", { has: page.getByText(name, { exact: true }) })
    .locator(".phase", { hasText: phase });
}

async function retry(browser: Browser, folder: string): Promise<Record<string, unknown>> {
  const flash = onTerminal("flash fleet.yaml --web --web-port 0 --report run.html", folder);
  const page = await browser.newPage();
  const address = await flash.says(/http:\S+/);
  await page.goto(address.replace(/#.*/, ""));
  await phaseOf(page, "bad", "FAILED").waitFor();
  await flash.says(/the page stays open/);
  const first = await page.locator("#nodes li .name").first().textContent();
  await page.locator("#retry").click();
  await page.locator("#control-answer").filter({ hasText: "token is wrong" }).waitFor();
  await page.fill("#token", /token=(\w+)/.exec(address)![1]!);
  const seen = { first, violations: await violations(page) };
  await page.locator("#retry").click();
  await phaseOf(page, "bad", "done").waitFor();
  await page.locator("#status", { hasText: "2 of 2 nodes done, finished" }).waitFor();
  const controls = await page.locator("#control").isVisible();
  await flash.says(/2 nodes: 2 updated/);
  await flash.end();
  const report = await Deno.readTextFile(`${folder}/run.html`);
  return {
    ...seen,
    controls,
    journals: [...Deno.readDirSync(`${folder}/state/canvoy/rehearsals`)].length,
    saysResume: flash.said.includes("go on with"),
    reportsFailure: report.includes("did not get through"),
  };
}

async function replay(browser: Browser, folder: string): Promise<Record<string, unknown>> {
  const child = new Deno.Command(CANVOY, {
    args: ["flash", "fleet.yaml", "--json", "--virtual-time"],
    cwd: folder,
    env: { XDG_STATE_HOME: `${folder}/state2` },
    stderr: "null",
  });
  await Deno.writeFile(`${folder}/run.jsonl`, (await child.output()).stdout);
  const program = onTerminal("replay run.jsonl --web --web-port 0", folder);
  const page = await browser.newPage();
  await page.goto(await program.says(/http:\S+/));
  await phaseOf(page, "good", "done").waitFor();
  const end = await page.locator("#time-text").textContent();
  const slider = page.locator("#time");
  await slider.focus();
  await page.keyboard.press("Home");
  await page.locator("#time-text", { hasText: /^0\.0 s$/ }).waitFor();
  await page.locator("#nodes li.k-waiting").nth(1).waitFor();
  const middle = Number(await slider.getAttribute("max")) / 2;
  await slider.fill(String(Math.round(middle)));
  await page.locator("#nodes li.k-active", { hasText: "good" }).waitFor();
  await page.locator("#play").click();
  await phaseOf(page, "good", "done").waitFor();
  await page.locator("#play", { hasText: "Play" }).waitFor();
  const seen = {
    buses: await page.locator("#buses li").allInnerTexts(),
    end: Number(/[\d.]+/.exec(end ?? "")?.[0]),
    played: await page.locator("#time-text").textContent(),
    controls: await page.locator("#control").isVisible(),
    violations: await violations(page),
  };
  await program.end();
  return { ...seen, endText: end };
}

async function sim(browser: Browser, folder: string): Promise<Record<string, unknown>> {
  const nodes = new Beside(
    [
      CANVOY,
      "sim",
      "fleet.yaml",
      "--web",
      "--web-port",
      "0",
      "--bus",
      "virtual:bench?listen=127.0.0.1:0",
    ],
    folder,
  );
  const address = await nodes.says(/http:\S+/);
  const bus = await nodes.says(/virtual:bench\?connect=[\d.:]+/);
  const page = await browser.newPage();
  await page.goto(address);
  await page.locator("#nodes li").nth(1).waitFor();
  const flash = new Beside(
    [CANVOY, "flash", "fleet.yaml", "--yes", "--only", "good", "--bus", bus],
    folder,
  );
  // However long it takes here: it ends, or it says so.
  const active = page.locator("#nodes li.k-active", { hasText: "good" }).waitFor({ timeout: 0 });
  await Promise.all([flash.says(/1 updated/), active]);
  await phaseOf(page, "good", "done").waitFor();
  const bar = page.locator("#nodes li", { has: page.getByText("good", { exact: true }) })
    .locator(".bar");
  const seen = {
    bar: await bar.getAttribute("aria-label"),
    other: await phaseOf(page, "bad", "done").count(),
    controls: await page.locator("#control").isVisible(),
    violations: await violations(page),
  };
  await flash.end();
  return { ...seen, status: await nodes.end() };
}

const folder = await Deno.makeTempDir();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const result: Record<string, unknown> = {};
try {
  await Deno.writeTextFile(`${folder}/fleet.yaml`, FLEET);
  await Deno.copyFile(`${PROJECT}configs/images/f407_v2.hex`, `${folder}/app.hex`);
  result.retry = await retry(browser, folder);
  result.replay = await replay(browser, folder);
  result.sim = await sim(browser, folder);
} finally {
  await browser.close();
  await Deno.remove(folder, { recursive: true });
}
console.log(JSON.stringify(result));
Deno.exit(0);

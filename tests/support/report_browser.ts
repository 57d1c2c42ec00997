// deno-lint-ignore-file no-console
/**
 * Lets canvoy update sixty virtual nodes, some of them broken, and opens the report in a real
 * Chromium: by keyboard, in both colour schemes, on a narrow screen and on paper. Prints what was
 * seen as JSON; it needs every right, so tests run it by itself:
 *
 *     deno run -A tests/support/report_browser.ts [FOLDER FOR SCREENSHOTS]
 */
import axe from "axe-core";
import { chromium, type Page } from "playwright-core";
import { writeSixtyNodes } from "../../scripts/pictures/sixty_nodes.ts";

const CANVOY = new URL("../../scripts/canvoy", import.meta.url).pathname;
const [pictures] = Deno.args;

async function violations(page: Page): Promise<readonly string[]> {
  return await page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ": " + nodes[0]?.html))`);
}

/** Rows of nodes that are drawn: what is folded away takes no place. */
async function rowsShown(page: Page): Promise<number> {
  return await page.evaluate(`[...document.querySelectorAll(".incidents tbody tr")]
    .filter((row) => row.checkVisibility({ contentVisibilityAuto: true })).length`);
}

async function overflow(page: Page): Promise<number> {
  return await page.evaluate(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
}

async function look(page: Page): Promise<Record<string, unknown>> {
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`file://${folder}/report.html`);
  const lines: string[] = await page.evaluate(`[...document.querySelectorAll(".incidents")]
    .map((one) => (one.open ? "open " : "") + one.querySelector("summary").innerText
      .replace(/\\s+/g, " "))`);
  const rows = await page.locator(".incidents tbody tr").count();
  const folded = await rowsShown(page);
  await page.evaluate(axe.source);
  const light = await violations(page);
  if (pictures !== undefined) await page.screenshot({ path: `${pictures}/report.png` });

  const closed = page.locator(".incidents:not([open]) summary").first();
  await closed.focus();
  await page.keyboard.press("Enter");
  const opened = await rowsShown(page);
  await page.keyboard.press("Enter");

  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await violations(page);
  const wide = await overflow(page);
  await page.setViewportSize({ width: 500, height: 900 });
  const narrow = [await violations(page), await overflow(page)];
  await page.emulateMedia({ media: "print" });
  const printed = await rowsShown(page);
  return { lines, rows, folded, opened, printed, light, dark, wide, narrow, requests };
}

const folder = await Deno.makeTempDir();
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
let seen: Record<string, unknown>;
try {
  writeSixtyNodes(folder);
  const words = ["hall.yaml", "--virtual-time", "--quiet", "--seed", "3"];
  const { code, stderr } = await new Deno.Command(CANVOY, {
    args: ["flash", ...words, "--report", "report.html"],
    cwd: folder,
    env: { XDG_STATE_HOME: `${folder}/state` },
  }).output();
  if (code !== 1) throw new Error(`flash ended with ${code}: ${new TextDecoder().decode(stderr)}`);
  // Content-Security-Policy of the report lets no script run in it, not even the one that looks.
  const context = await browser.newContext({
    viewport: { width: 1280, height: 1000 },
    bypassCSP: true,
  });
  seen = await look(await context.newPage());
} finally {
  await browser.close();
  await Deno.remove(folder, { recursive: true });
}
console.log(JSON.stringify(seen));
Deno.exit(0);

// deno-fmt-ignore-file
// Made of scripts/page/ by scripts/build_page.ts; a test keeps it in step.

/** The files of the live page, by the path they are served at: media type and text. */
export const PAGE_FILES: ReadonlyMap<string, { readonly type: string; readonly text: string }> = new Map([
  ["/", { type: "text/html; charset=utf-8", text: `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>canvoy</title>
    <link rel="stylesheet" href="/page.css">
    <script src="/page.js" defer></script>
  </head>
  <body>
    <header>
      <h1>canvoy <span id="title"></span></h1>
      <p id="status" role="status">Waiting for the run</p>
      <progress id="total" value="0" max="1"
        aria-label="Bytes of all images that nodes hold"></progress>
      <p id="figures"></p>
    </header>
    <main>
      <section aria-labelledby="buses-title">
        <h2 id="buses-title">Buses</h2>
        <ul id="buses"></ul>
      </section>
      <section id="replay" aria-labelledby="replay-title" hidden>
        <h2 id="replay-title">Replay</h2>
        <button type="button" id="play">Play</button>
        <label for="time">Time</label>
        <input type="range" id="time" min="0" max="1" step="1" value="0">
        <output id="time-text" for="time">0.0 s</output>
      </section>
      <section aria-labelledby="nodes-title">
        <h2 id="nodes-title">Nodes</h2>
        <div class="tools">
          <label for="search">Search</label>
          <input type="search" id="search" autocomplete="off"
            placeholder="name, bus, device, words">
          <fieldset id="filters">
            <legend>Show</legend>
          </fieldset>
          <button type="button" id="layout" aria-pressed="false">Tiles</button>
        </div>
        <ul class="legend" aria-label="Colours of segments">
          <li><i class="s-p"></i>pending</li>
          <li><i class="s-c"></i>checking</li>
          <li><i class="s-e"></i>erasing</li>
          <li><i class="s-w"></i>writing</li>
          <li><i class="s-y"></i>verifying</li>
          <li><i class="s-v"></i>verified</li>
          <li><i class="s-s"></i>was there</li>
          <li><i class="s-r"></i>retrying</li>
          <li><i class="s-f"></i>failed</li>
        </ul>
        <ul id="nodes" tabindex="0" aria-label="Nodes"></ul>
        <p id="empty" hidden>No node fits.</p>
      </section>
      <section id="control" aria-labelledby="control-title">
        <h2 id="control-title">Control</h2>
        <form id="stop-form">
          <label for="token">Token, as the terminal shows it</label>
          <input type="password" id="token" autocomplete="off">
          <button type="submit" id="stop">Stop the run safely</button>
          <button type="submit" id="retry" hidden>Try again what did not get through</button>
          <span id="control-answer" role="status"></span>
        </form>
      </section>
      <section aria-labelledby="log-title">
        <h2 id="log-title">Events</h2>
        <ol id="log" tabindex="0" aria-label="Latest events"></ol>
      </section>
    </main>
  </body>
</html>
` }],
  ["/page.css", { type: "text/css; charset=utf-8", text: `:root {
  color-scheme: light dark;
  --back: #fff;
  --text: #1b1f24;
  --dim: #57606a;
  --line: #d0d7de;
  --card: #f6f8fa;
  --good: #17692b;
  --bad: #b3131c;
  --busy: #1f5fbf;
  --focus: #1f5fbf;
  --p: #dfe3e8;
  --c: #6fb7c9;
  --e: #e0912f;
  --w: #2f6fd0;
  --y: #7a4fc0;
  --v: #2f9e5f;
  --s: #a9d8bb;
  --r: #d6336c;
  --f: #b3131c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0f1419;
    --text: #e6e9ed;
    --dim: #9aa5b1;
    --line: #313a44;
    --card: #181f27;
    --good: #56d078;
    --bad: #ff8078;
    --busy: #7db0ff;
    --focus: #7db0ff;
    --p: #2b333c;
    --c: #4f9db0;
    --e: #d08a34;
    --w: #4d8cea;
    --y: #a585e0;
    --v: #3fb37c;
    --s: #2c5b43;
    --r: #ea5c8c;
    --f: #ff5f57;
  }
}
* {
  box-sizing: border-box;
}
body {
  margin: 0 auto;
  padding: 1rem 1.25rem;
  max-width: 110rem;
  background: var(--back);
  color: var(--text);
  font: 15px/1.45 system-ui, sans-serif;
}
h1 {
  font-size: 1.25rem;
  margin: 0;
}
h2 {
  font-size: 1rem;
  margin: 1.1rem 0 .4rem;
}
#title {
  font-weight: 400;
  color: var(--dim);
}
#status {
  font-size: 1.15rem;
  font-weight: 600;
  margin: .3rem 0;
}
#status.good {
  color: var(--good);
}
#status.bad {
  color: var(--bad);
}
#figures {
  color: var(--dim);
  margin: .2rem 0;
  min-height: 1.45em;
}
progress {
  width: 100%;
  height: .8rem;
  accent-color: var(--w);
}
ul,
ol {
  list-style: none;
  margin: 0;
  padding: 0;
}
#buses {
  display: flex;
  flex-wrap: wrap;
  gap: .5rem 1.5rem;
}
#buses li {
  flex: 1 1 20rem;
  max-width: 40rem;
}
#buses svg {
  display: block;
  width: 100%;
  height: 3rem;
  background: var(--card);
  border: 1px solid var(--line);
}
#buses path {
  fill: none;
  stroke: var(--w);
  stroke-width: 1.5;
  vector-effect: non-scaling-stroke;
}
#buses .bad {
  color: var(--bad);
  font-weight: 600;
}
.tools {
  display: flex;
  flex-wrap: wrap;
  gap: .5rem .75rem;
  align-items: center;
}
fieldset {
  border: 0;
  padding: 0;
  margin: 0;
  display: flex;
  flex-wrap: wrap;
  gap: .1rem .8rem;
}
fieldset legend {
  float: left;
  margin-right: .6rem;
  padding: 0;
}
input,
button {
  font: inherit;
  color: inherit;
  background: var(--card);
  border: 1px solid var(--dim);
  border-radius: 4px;
  padding: .2rem .55rem;
}
input[type="radio"] {
  accent-color: var(--busy);
}
input[type="range"] {
  padding: 0;
  width: 50%;
}
#search {
  min-width: 16rem;
}
:focus-visible {
  outline: 2px solid var(--focus);
  outline-offset: 2px;
}
.legend {
  display: flex;
  flex-wrap: wrap;
  gap: .1rem .9rem;
  margin: .5rem 0;
  font-size: .85rem;
  color: var(--dim);
}
.legend i {
  display: inline-block;
  width: .75em;
  height: .75em;
  margin-right: .3em;
}
.s-p {
  background: var(--p);
}
.s-c {
  background: var(--c);
}
.s-e {
  background: var(--e);
}
.s-w {
  background: var(--w);
}
.s-y {
  background: var(--y);
}
.s-v {
  background: var(--v);
}
.s-s {
  background: var(--s);
}
.s-r {
  background: var(--r);
}
.s-f {
  background: var(--f);
}
#nodes {
  border-top: 1px solid var(--line);
}
#nodes li {
  display: grid;
  grid-template-columns: 13rem 6.5rem minmax(6rem, 1fr) 3.5rem 11rem 5rem;
  gap: 0 .75rem;
  align-items: center;
  border-bottom: 1px solid var(--line);
  padding: .18rem 0;
  content-visibility: auto;
  contain-intrinsic-size: auto 1.9rem;
}
#nodes .name {
  font-family: ui-monospace, monospace;
  overflow-wrap: anywhere;
}
#nodes .phase {
  font-weight: 600;
}
#nodes .bar {
  height: .85rem;
  border-radius: 2px;
  background: var(--p);
}
#nodes .number {
  text-align: right;
  font-variant-numeric: tabular-nums;
}
#nodes .dim {
  color: var(--dim);
}
#nodes .why {
  grid-column: 1 / -1;
  color: var(--bad);
  padding-left: 1rem;
}
#nodes .why:empty {
  display: none;
}
.k-failed .phase,
.k-stopped .phase {
  color: var(--bad);
}
.k-done .phase {
  color: var(--good);
}
.k-active .phase {
  color: var(--busy);
}
.k-retrying .phase {
  color: var(--bad);
}
#nodes.tiles {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr));
  gap: .5rem;
  border: 0;
  padding-top: .3rem;
}
#nodes.tiles li {
  grid-template-columns: 1fr auto;
  border: 1px solid var(--line);
  border-radius: 6px;
  padding: .35rem .5rem;
  background: var(--card);
  align-content: start;
  contain-intrinsic-size: auto 4.5rem;
}
#nodes.tiles .bar {
  grid-column: 1 / -1;
  grid-row: 2;
}
#nodes.tiles .place,
#nodes.tiles .retries {
  display: none;
}
#nodes.tiles .name {
  grid-column: 1 / -1;
}
#nodes.tiles .phase {
  grid-row: 3;
}
#nodes.tiles .percent {
  grid-row: 3;
  grid-column: 2;
}
#nodes.tiles .why {
  padding: 0;
  font-size: .85rem;
}
#nodes li[hidden] {
  display: none;
}
#log {
  height: 14rem;
  overflow-y: auto;
  border: 1px solid var(--line);
  padding: .3rem .6rem;
  font: .85rem/1.4 ui-monospace, monospace;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
@media (max-width: 60rem) {
  #nodes:not(.tiles) li {
    grid-template-columns: 8rem 5.5rem 1fr 3.2rem;
  }
  #nodes:not(.tiles) .place,
  #nodes:not(.tiles) .retries {
    display: none;
  }
}
` }],
  ["/page.js", { type: "text/javascript; charset=utf-8", text: `// @ts-check
/** The live page of canvoy: shows what \`/events\` tells, or \`/snapshot\` where a run is replayed. */

/** @typedef {"run" | "replay" | "sim"} PageMode */

/** @typedef {{ name: string, bus: string, device: string, phase: string, kind: string,
 * segments: string, written: number, bytes: number, bytesTotal: number, retries: number, version: string,
 * error: string, help: string }} PageNode */
/** @typedef {{ name: string, load: number, frames: number, state: string }} PageBus */
/** @typedef {{ atMs: number, isFinished: boolean, isCancelled: boolean, nodeCount: number,
 * counts: { done: number, failed: number }, nodes: [number, PageNode][], buses: PageBus[],
 * loads?: [string, [number, number][]][], log: string[] }} PageUpdate */
/** @typedef {{ name: HTMLElement, phase: HTMLElement, bar: HTMLElement, percent: HTMLElement,
 * place: HTMLElement, retries: HTMLElement, why: HTMLElement }} RowParts */
/** @typedef {{ item: HTMLLIElement, node: PageNode, text: string, parts: RowParts }} Row */

const KINDS = ["all", "failed", "retrying", "active", "waiting", "done", "stopped"];
const LOG_MAX = 300;
const LOADS_MAX = 1200;
const CHART_WIDTH = 300;

/** @type {Row[]} */
let rows = [];
/** @type {Map<string, { loads: [number, number][], path: SVGPathElement, words: HTMLElement }>} */
const buses = new Map();
/** @type {PageMode} */
let mode = "run";
let kind = "all";
let words = "";
let lastStatus = "";
/** Those that stand on top now. */
let failedNames = "";

/** @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(\`no #\${id}\`);
  return found;
}

/** @param {string} id */
function inputById(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/** @param {PageUpdate} update */
function show(update) {
  if (update.nodes.length === update.nodeCount && rows.length !== update.nodeCount) reset(update);
  for (const [i, node] of update.nodes) showNode(i, node);
  putFailedFirst();
  showTotals(update);
  for (const [name, loads] of update.loads ?? []) busRow(name).loads = loads;
  for (const bus of update.buses) showBus(bus, update.atMs);
  if (update.log.length > 0) addLog(update.log);
}

/** @param {PageUpdate} update */
function reset(update) {
  const list = byId("nodes");
  list.replaceChildren();
  failedNames = "";
  rows = update.nodes.map(([, node]) => createRow(node));
  list.append(...rows.map(({ item }) => item));
}

/** What needs somebody stands on top; the others keep the order of the fleet file. */
function putFailedFirst() {
  const isFailed = (/** @type {Row} */ { node }) => node.kind === "failed";
  const failed = rows.filter(isFailed);
  const names = failed.map(({ node }) => node.name).join();
  if (names === failedNames) return;
  failedNames = names;
  const ordered = [...failed, ...rows.filter((row) => !isFailed(row))];
  byId("nodes").append(...ordered.map(({ item }) => item));
}

/** @param {PageNode} node @returns {Row} */
function createRow(node) {
  const item = document.createElement("li");
  const part = (/** @type {string} */ name, tag = "span") => {
    const element = document.createElement(tag);
    element.className = name;
    item.append(element);
    return element;
  };
  const parts = {
    name: part("name"),
    phase: part("phase"),
    bar: part("bar"),
    percent: part("percent number"),
    place: part("place dim"),
    retries: part("retries dim"),
    why: part("why", "div"),
  };
  parts.bar.setAttribute("role", "img");
  return { item, node, text: "", parts };
}

/** @param {number} i @param {PageNode} node */
function showNode(i, node) {
  const row = rows[i];
  if (row === undefined) return;
  row.node = node;
  const { item, parts } = row;
  const percent = node.bytesTotal === 0 ? 0 : Math.floor(100 * node.bytes / node.bytesTotal);
  item.className = \`k-\${node.kind}\`;
  parts.name.textContent = node.name;
  parts.phase.textContent = node.phase;
  parts.percent.textContent = \`\${node.kind === "done" ? 100 : percent} %\`;
  parts.place.textContent = \`\${node.bus} \${node.device}\${node.version ? \` \${node.version}\` : ""}\`;
  parts.retries.textContent = node.retries === 0
    ? ""
    : \`\${node.retries} \${node.retries === 1 ? "retry" : "retries"}\`;
  parts.why.textContent = [node.error, node.help].filter((text) => text !== "").join(" — ");
  parts.bar.style.background = barOf(node);
  parts.bar.setAttribute("aria-label", segmentWords(node));
  row.text = \`\${node.name} \${node.bus} \${node.device} \${node.phase} \${node.error}\`.toLowerCase();
  item.hidden = !isShown(row);
}

/** A stripe a segment. @param {PageNode} node */
function barOf({ segments, written, kind: nodeKind }) {
  if (segments === "") return nodeKind === "done" ? "var(--v)" : "var(--p)";
  const width = 100 / segments.length;
  const stops = [];
  for (let i = 0; i < segments.length;) {
    const start = i;
    while (i < segments.length && segments[i] === segments[start]) i++;
    if (segments[start] === "w" && i === start + 1) {
      const at = (start + written) * width;
      stops.push(\`var(--w) \${start * width}% \${at}%\`, \`var(--p) \${at}% \${i * width}%\`);
      continue;
    }
    stops.push(\`var(--\${segments[start]}) \${start * width}% \${i * width}%\`);
  }
  return \`linear-gradient(90deg, \${stops.join(", ")})\`;
}

/** @param {PageNode} node */
function segmentWords({ segments }) {
  const through = [...segments].filter((letter) => letter === "v" || letter === "s").length;
  return segments === "" ? "not planned yet" : \`\${through} of \${segments.length} segments through\`;
}

/** @param {PageUpdate} update */
function showTotals({ atMs, isFinished, isCancelled, nodeCount, counts }) {
  let bytes = 0;
  let bytesTotal = 0;
  let retries = 0;
  /** @type {Record<string, number>} */
  const kinds = { all: rows.length };
  for (const { node } of rows) {
    bytes += node.kind === "done" ? node.bytesTotal : node.bytes;
    bytesTotal += node.bytesTotal;
    retries += node.retries;
    kinds[node.kind] = (kinds[node.kind] ?? 0) + 1;
  }
  const bad = counts.failed > 0 ? \`, \${counts.failed} failed\` : "";
  const state = isFinished ? "finished" : isCancelled ? "stopping" : "running";
  const status = \`\${counts.done} of \${nodeCount} nodes done\${bad}, \${state}\`;
  if (status !== lastStatus) {
    lastStatus = status;
    const element = byId("status");
    element.textContent = status;
    element.className = counts.failed > 0 ? "bad" : isFinished ? "good" : "";
  }
  const total = /** @type {HTMLProgressElement} */ (byId("total"));
  total.value = bytesTotal === 0 ? 0 : bytes / bytesTotal;
  const rate = atMs > 0 ? bytes / (atMs / 1000) : 0;
  const left = rate > 0 && !isFinished ? \`, about \${clock((bytesTotal - bytes) / rate)} left\` : "";
  byId("figures").textContent =
    \`\${clock(atMs / 1000)}\${left}, \${kib(bytes)} of \${kib(bytesTotal)}, \` +
    \`\${kib(rate)}/s, \${retries} retries\`;
  for (const name of KINDS) byId(\`count-\${name}\`).textContent = String(kinds[name] ?? 0);
  byId("control").hidden = mode !== "run" || (isFinished && counts.failed === 0);
  byId("stop").hidden = isFinished;
  byId("retry").hidden = !isFinished;
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return \`\${Math.floor(whole / 60)}:\${String(whole % 60).padStart(2, "0")}\`;
}

/** @param {number} bytes */
function kib(bytes) {
  return bytes < 1048576
    ? \`\${(bytes / 1024).toFixed(1)} KiB\`
    : \`\${(bytes / 1048576).toFixed(2)} MiB\`;
}

/** @param {PageBus} bus @param {number} atMs */
function showBus({ name, load, frames, state }, atMs) {
  const known = busRow(name);
  const lastMs = known.loads.at(-1)?.[0] ?? -1;
  if (atMs > lastMs) known.loads.push([atMs, load]);
  if (known.loads.length > LOADS_MAX) known.loads = known.loads.filter((_, i) => i % 2 === 0);
  const perMs = CHART_WIDTH / Math.max(1, atMs);
  const points = known.loads.map(([at, one]) => \`\${(at * perMs).toFixed(1)} \${100 - one * 100}\`);
  known.path.setAttribute("d", points.length === 0 ? "" : \`M\${points.join("L")}\`);
  const isGood = state === "errorActive";
  known.words.textContent = \`\${name}: \${Math.round(load * 100)} % load, \${frames} frames\` +
    (isGood ? "" : \`, \${state}\`);
  known.words.className = isGood ? "" : "bad";
}

/** @param {string} name */
function busRow(name) {
  const known = buses.get(name);
  if (known !== undefined) return known;
  const item = document.createElement("li");
  const text = document.createElement("span");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", \`0 0 \${CHART_WIDTH} 100\`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", \`Load of bus \${name} over time\`);
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.append(path);
  item.append(text, svg);
  byId("buses").append(item);
  /** @type {[number, number][]} */
  const loads = [];
  const bus = { loads, path, words: text };
  buses.set(name, bus);
  return bus;
}

/** @param {string[]} lines */
function addLog(lines) {
  const log = byId("log");
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  for (const line of lines) {
    const item = document.createElement("li");
    item.textContent = line;
    log.append(item);
  }
  while (log.childElementCount > LOG_MAX) log.firstElementChild?.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

/** @param {Row} row */
function isShown({ node, text }) {
  return (kind === "all" || node.kind === kind) && text.includes(words);
}

function filter() {
  let shown = 0;
  for (const row of rows) {
    row.item.hidden = !isShown(row);
    if (!row.item.hidden) shown++;
  }
  byId("empty").hidden = shown > 0 || rows.length === 0;
}

function createFilters() {
  const set = byId("filters");
  for (const name of KINDS) {
    const label = document.createElement("label");
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = "kind";
    radio.value = name;
    radio.checked = name === kind;
    radio.addEventListener("change", () => {
      kind = name;
      filter();
    });
    const count = document.createElement("span");
    count.id = \`count-\${name}\`;
    count.textContent = "0";
    label.append(radio, \` \${name} \`, count);
    set.append(label);
  }
}

function listenToTools() {
  inputById("search").addEventListener("input", (event) => {
    words = /** @type {HTMLInputElement} */ (event.target).value.trim().toLowerCase();
    filter();
  });
  const layout = byId("layout");
  layout.addEventListener("click", () => {
    const isTiles = byId("nodes").classList.toggle("tiles");
    layout.setAttribute("aria-pressed", String(isTiles));
  });
  byId("stop-form").addEventListener("submit", (event) => {
    event.preventDefault();
    // Enter in the field means whatever can be asked now.
    if (byId("stop").hidden) askFor("/retry", RETRY_ANSWER);
    else askFor("/stop", STOP_ANSWER);
  });
  inputById("token").value = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
}

const STOP_ANSWER = "The run is asked to stop: every node is led to a safe place first.";
const RETRY_ANSWER = "The nodes that did not get through are tried again.";

/** @param {string} path @param {string} done */
async function askFor(path, done) {
  const answer = byId("control-answer");
  const headers = { authorization: \`Bearer \${inputById("token").value}\` };
  try {
    const response = await fetch(path, { method: "POST", headers });
    answer.textContent = response.ok ? done : \`Not done: \${(await response.text()).trim()}.\`;
  } catch {
    answer.textContent = "Not done: canvoy has ended.";
  }
}

function follow() {
  const source = new EventSource("/events");
  source.onmessage = (event) => show(JSON.parse(event.data));
  source.onerror = () => {
    if (!lastStatus.includes("finished")) {
      byId("figures").textContent = "The page has lost the run.";
    }
  };
}

/** @param {{ endMs: number }} run */
function replay({ endMs }) {
  byId("replay").hidden = false;
  const time = inputById("time");
  time.max = String(endMs);
  time.value = String(endMs);
  let isAsking = false;
  const ask = async () => {
    if (isAsking) return;
    isAsking = true;
    const asked = time.value;
    const response = await fetch(\`/snapshot?atMs=\${asked}\`);
    byId("log").replaceChildren();
    show(await response.json());
    byId("time-text").textContent = \`\${(Number(asked) / 1000).toFixed(1)} s\`;
    isAsking = false;
    if (asked !== time.value) ask();
  };
  time.addEventListener("input", ask);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  byId("play").addEventListener("click", () => {
    if (timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
      byId("play").textContent = "Play";
      return;
    }
    if (time.value === time.max) time.value = "0";
    byId("play").textContent = "Pause";
    timer = setInterval(() => {
      time.value = String(Math.min(endMs, Number(time.value) + Math.max(100, endMs / 300)));
      ask();
      if (time.value === time.max) byId("play").click();
    }, 100);
  });
  ask();
}

async function begin() {
  createFilters();
  listenToTools();
  const info = await (await fetch("/info")).json();
  byId("title").textContent = info.title;
  document.title = \`canvoy \${info.title}\`;
  mode = info.mode;
  if (mode === "replay") replay(info);
  else follow();
}

begin();
` }],
]);

/** The live page of canvoy: shows what `/events` tells, or `/snapshot` where a run is replayed. */

/** @typedef {"run" | "replay" | "sim"} PageMode */

/** @typedef {{ name: string, bus: string, device: string, phase: string, kind: string,
 * segments: string, written: number, bytes: number, bytesTotal: number, retries: number, version: string,
 * error: string, help: string }} PageNode */
/** @typedef {{ name: string, load: number, frames?: number, bytes?: number, bytesPerSecond?: number,
 * state: string, leftMs?: number }} PageBus */
/** @typedef {{ atMs: number, isFinished: boolean, isCancelled: boolean, leftMs?: number, nodeCount: number,
 * counts: { done: number, failed: number, due: number }, nodes: [number, PageNode][], buses: PageBus[],
 * loads?: [string, [number, number][]][], log: string[] }} PageUpdate */
/** @typedef {{ name: HTMLElement, phase: HTMLElement, bar: HTMLElement, percent: HTMLElement,
 * place: HTMLElement, retries: HTMLElement, why: HTMLElement }} RowParts */
/** @typedef {{ item: HTMLLIElement, node: PageNode, text: string, parts: RowParts }} Row */

const KINDS = ["all", "failed", "retrying", "active", "waiting", "due", "done", "stopped"];
const LOG_MAX = 300;
const LOADS_MAX = 1200;
const CHART_WIDTH = 300;

/** @type {Row[]} */
let rows = [];
/** @type {Map<string, { loads: [number, number][], path: SVGPathElement, words: HTMLElement }>} */
const buses = new Map();
/** @type {PageMode} */
let mode = "run";
/** How long a replayed run took, in ms. */
let endMs = 0;
let kind = "all";
let words = "";
let lastStatus = "";
/** Those that stand on top now. */
let failedNames = "";

/** @param {string} id */
function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no #${id}`);
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
  const isDone = node.kind === "done";
  const percent = isDone ? 100 : Math.floor(100 * node.bytes / Math.max(1, node.bytesTotal));
  item.className = `k-${node.kind}`;
  parts.name.textContent = node.name;
  parts.phase.textContent = node.phase;
  parts.percent.textContent = `${percent} %`;
  parts.place.textContent = `${node.bus} ${node.device}${node.version ? ` ${node.version}` : ""}`;
  parts.retries.textContent = node.retries === 0
    ? ""
    : `${node.retries} ${node.retries === 1 ? "retry" : "retries"}`;
  parts.why.textContent = [node.error, node.help].filter((text) => text !== "").join(" — ");
  parts.bar.style.background = barOf(node);
  parts.bar.setAttribute("aria-label", segmentWords(node));
  row.text = `${node.name} ${node.bus} ${node.device} ${node.phase} ${node.error}`.toLowerCase();
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
      stops.push(`var(--w) ${start * width}% ${at}%`, `var(--p) ${at}% ${i * width}%`);
      continue;
    }
    stops.push(`var(--${segments[start]}) ${start * width}% ${i * width}%`);
  }
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}

/** @param {PageNode} node */
function segmentWords({ segments }) {
  const through = [...segments].filter((letter) => letter === "v" || letter === "s").length;
  return segments === "" ? "not planned yet" : `${through} of ${segments.length} segments through`;
}

/** @param {PageUpdate} update */
function showTotals({ atMs, isFinished, isCancelled, leftMs, nodeCount, counts }) {
  let bytes = 0;
  let bytesTotal = 0;
  let retries = 0;
  /** @type {Record<string, number>} */
  const kinds = { all: rows.length };
  for (const { node } of rows) {
    bytes += node.bytes;
    bytesTotal += node.bytesTotal;
    retries += node.retries;
    kinds[node.kind] = (kinds[node.kind] ?? 0) + 1;
  }
  const bad = counts.failed > 0 ? `, ${counts.failed} failed` : "";
  const state = isFinished ? "finished" : isCancelled ? "stopping" : "running";
  const due = counts.due > 0 ? `, ${counts.due} to update` : "";
  const status = `${counts.done} of ${nodeCount} nodes done${bad}${due}, ${state}`;
  if (status !== lastStatus) {
    lastStatus = status;
    const element = byId("status");
    element.textContent = status;
    element.className = counts.failed > 0 ? "bad" : isFinished && counts.due === 0 ? "good" : "";
  }
  const total = /** @type {HTMLProgressElement} */ (byId("total"));
  // A run that is over has a full bar: green for the nodes that are through, red for all others.
  const share = isFinished ? counts.done / nodeCount : bytes / Math.max(1, bytesTotal);
  total.value = share;
  total.className = !isFinished ? "" : counts.failed > 0 ? "bad" : counts.due > 0 ? "due" : "good";
  const rate = atMs > 0 ? bytes / (atMs / 1000) : 0;
  const left = leftMs === undefined ? "" : `, about ${clock(leftMs / 1000)} left`;
  const figures = `${clock(atMs / 1000)}${left}, ${kib(bytes)} of ${kib(bytesTotal)}, ` +
    `${kib(rate)}/s, ${retries} ${retries === 1 ? "retry" : "retries"}`;
  byId("figures").textContent = figures;
  for (const name of KINDS) byId(`count-${name}`).textContent = String(kinds[name] ?? 0);
  byId("control").hidden = mode !== "run" || (isFinished && counts.failed === 0);
  byId("stop").hidden = isFinished;
  byId("retry").hidden = !isFinished;
}

/** @param {number} seconds */
function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** @param {number} bytes */
function kib(bytes) {
  return bytes < 1048576
    ? `${(bytes / 1024).toFixed(1)} KiB`
    : `${(bytes / 1048576).toFixed(2)} MiB`;
}

/** @param {PageBus} bus @param {number} atMs */
function showBus({ name, load, frames, bytes, bytesPerSecond, state, leftMs }, atMs) {
  const known = busRow(name);
  const lastMs = known.loads.at(-1)?.[0] ?? -1;
  if (atMs > lastMs) known.loads.push([atMs, load]);
  if (known.loads.length > LOADS_MAX) known.loads = known.loads.filter((_, i) => i % 2 === 0);
  const perMs = CHART_WIDTH / Math.max(1, mode === "replay" ? endMs : atMs);
  const points = known.loads.map(([at, one]) => `${(at * perMs).toFixed(1)} ${100 - one * 100}`);
  known.path.setAttribute("d", points.length === 0 ? "" : `M${points.join("L")}`);
  const isGood = state === "errorActive";
  const figures = frames === undefined
    ? `${kib(bytes ?? 0)} acknowledged, ${kib(bytesPerSecond ?? 0)}/s`
    : `${Math.round(load * 100)} % load, ${frames} frames`;
  known.words.textContent = `${name}: ${figures}` +
    (leftMs === undefined ? "" : `, about ${clock(leftMs / 1000)} left`) +
    (isGood ? "" : `, ${state}`);
  known.words.className = isGood ? "" : "bad";
}

/** @param {string} name */
function busRow(name) {
  const known = buses.get(name);
  if (known !== undefined) return known;
  const item = document.createElement("li");
  const text = document.createElement("span");
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${CHART_WIDTH} 100`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  const what = mode === "replay" ? "Bytes acknowledged on" : "Load of";
  svg.setAttribute("aria-label", `${what} bus ${name} over time`);
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
    count.id = `count-${name}`;
    count.textContent = "0";
    label.append(radio, ` ${name} `, count);
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
  const headers = { authorization: `Bearer ${inputById("token").value}` };
  try {
    const response = await fetch(path, { method: "POST", headers });
    answer.textContent = response.ok ? done : `Not done: ${(await response.text()).trim()}.`;
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

function replay() {
  byId("replay").hidden = false;
  const time = inputById("time");
  time.max = String(endMs);
  time.value = String(endMs);
  let isAsking = false;
  const ask = async () => {
    if (isAsking) return;
    isAsking = true;
    const asked = time.value;
    const response = await fetch(`/snapshot?atMs=${asked}`);
    byId("log").replaceChildren();
    show(await response.json());
    byId("time-text").textContent = `${(Number(asked) / 1000).toFixed(1)} s`;
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
  document.title = `canvoy ${info.title}`;
  mode = info.mode;
  endMs = info.endMs;
  if (mode === "replay") replay();
  else follow();
}

begin();

import { isScalar, LineCounter, parseDocument } from "yaml";
import { CanvoyError, hex } from "../core/mod.ts";
import { BUILT_IN_PROFILES, type UpdateProfile } from "../update/mod.ts";
import { FLEET_SCHEMA, type FleetDocument, type NodeDocument } from "./fleet_schema.ts";

/** One mistake in a fleet file. */
export interface FleetFileIssue {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `buses.body.url: expected ...`. */
  readonly message: string;
}

/** A fleet file that cannot be used: all its mistakes. */
export class FleetFileError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "FLEET_FILE";
  /** By place in the file. */
  readonly issues: readonly FleetFileIssue[];

  /**
   * @param file Its name.
   * @param issues Its mistakes, at least one.
   */
  constructor(file: string, issues: readonly FleetFileIssue[]) {
    super(issues.map((i) => `${file}:${i.line}:${i.column}: ${i.message}`).join("\n"));
    this.issues = issues;
  }
}

/** A bus of a fleet. */
export type FleetFileBus = FleetDocument["buses"][string] & {
  readonly name: string;
  readonly functional: number;
};

/** A node of a fleet, complete. */
export interface FleetFileNode {
  readonly name: string;
  readonly bus: string;
  readonly request: number;
  readonly response: number;
  readonly device: string;
  readonly layout: NonNullable<NodeDocument["layout"]>;
  readonly image: string;
  readonly profile: UpdateProfile;
  readonly hardware?: string;
  readonly security?: NodeDocument["security"];
  readonly group?: string;
  readonly sim: NonNullable<NodeDocument["sim"]>;
}

/** A fleet, read, checked and written out: nothing is left to look up. */
export interface Fleet {
  readonly buses: ReadonlyMap<string, FleetFileBus>;
  readonly images: ReadonlyMap<string, FleetDocument["images"][string]>;
  readonly nodes: readonly FleetFileNode[];
}

/** Checks of words that other layers own; each throws what it finds. */
export interface FleetFileChecks {
  /** Throws when no such device is known. */
  readonly device: (name: string) => void;
  /** Throws when it is no bus URL. */
  readonly busUrl: (url: string) => void;
}

const DEFAULT_FUNCTIONAL_ID = 0x7DF;

/**
 * Reads a fleet file.
 *
 * @param file Its name, for messages, and its text.
 * @param checks Checks of words that other layers own.
 * @returns The fleet.
 * @throws {FleetFileError} With every mistake found.
 */
export function readFleetFile(
  file: { readonly name: string; readonly text: string },
  checks: FleetFileChecks,
): Fleet {
  const lines = new LineCounter();
  const doc = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  const problems = [...doc.errors, ...doc.warnings];
  if (problems.length > 0) {
    throw new FleetFileError(
      file.name,
      problems.map((problem) => ({ ...place(lines, problem.pos[0]), message: problem.message })),
    );
  }
  const issues: FleetFileIssue[] = [];
  const report = (path: readonly PropertyKey[], message: string): void => {
    const where = place(lines, offsetOf(doc, path));
    issues.push({ ...where, message: `${path.map(String).join(".") || "file"}: ${message}` });
  };
  const parsed = FLEET_SCHEMA.safeParse(toPlain(file.name, doc));
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) report(path, message);
    throw new FleetFileError(file.name, issues);
  }
  const fleet = resolve(parsed.data, checks, report);
  if (issues.length > 0) throw new FleetFileError(file.name, issues);
  return fleet;
}

type Report = (path: readonly PropertyKey[], message: string) => void;

function resolve(document: FleetDocument, checks: FleetFileChecks, report: Report): Fleet {
  const buses = new Map(
    Object.entries(document.buses).map(([name, bus]): [string, FleetFileBus] => {
      attempt(() => checks.busUrl(bus.url), report, ["buses", name, "url"]);
      return [name, { ...bus, name, functional: bus.functional ?? DEFAULT_FUNCTIONAL_ID }];
    }),
  );
  for (const [name, { file }] of Object.entries(document.images)) {
    if (file.startsWith("/") || file.split("/").includes("..")) {
      report(["images", name, "file"], `expected a path beneath the fleet file, not "${file}"`);
    }
  }
  const images = new Map(Object.entries(document.images));
  const nodes = document.nodes.flatMap((node, i) =>
    expand(document, node, ["nodes", i], report).flatMap((expanded) =>
      complete({ buses, images }, expanded, ["nodes", i], checks, report)
    )
  );
  checkIdentifiers(buses, nodes, report);
  return { buses, images, nodes };
}

function expand(
  document: FleetDocument,
  node: NodeDocument,
  path: readonly PropertyKey[],
  report: Report,
): readonly NodeDocument[] {
  const template = node.template === undefined ? {} : document.templates?.[node.template];
  if (template === undefined) {
    report([...path, "template"], `expected one of the templates, not "${node.template}"`);
    return [];
  }
  if ((node.count ?? 1) > 1 && !node.name.includes("{i}")) {
    report([...path, "name"], 'expected "{i}" in the name of counted nodes');
  }
  return Array.from({ length: node.count ?? 1 }, (_, i) => ({
    ...document.defaults,
    ...template,
    ...node,
    name: node.name.replaceAll("{i}", String(i)),
    request: node.request + i,
    response: node.response + i,
  }));
}

function complete(
  known: Pick<Fleet, "buses" | "images">,
  node: NodeDocument,
  path: readonly PropertyKey[],
  checks: FleetFileChecks,
  report: Report,
): readonly FleetFileNode[] {
  const { name, bus, device, layout, image, profile = "iso14229" } = node;
  const missing = Object.entries({ bus, device, layout, image })
    .filter(([, value]) => value === undefined).map(([key]) => key);
  if (missing.length > 0) {
    report(path, `${name}: expected ${missing.join(", ")}, here, in its template or in defaults`);
    return [];
  }
  const found = BUILT_IN_PROFILES.get(profile);
  if (found === undefined) {
    const names = [...BUILT_IN_PROFILES.keys()].join(", ");
    report([...path, "profile"], `expected one of ${names}, not "${profile}"`);
  }
  if (!known.buses.has(bus!)) report([...path, "bus"], `expected one of the buses, not "${bus}"`);
  if (!known.images.has(image!)) {
    report([...path, "image"], `expected one of the images, not "${image}"`);
  }
  attempt(() => checks.device(device!), report, [...path, "device"]);
  if (found === undefined) return [];
  const { request, response, hardware, security, group, sim = {} } = node;
  return [{
    name,
    bus: bus!,
    request,
    response,
    device: device!,
    layout: layout!,
    image: image!,
    profile: found,
    sim,
    ...(hardware === undefined ? {} : { hardware }),
    ...(security === undefined ? {} : { security }),
    ...(group === undefined ? {} : { group }),
  }];
}

/** On one bus every identifier belongs to one purpose, and every name to one node. */
function checkIdentifiers(
  buses: ReadonlyMap<string, FleetFileBus>,
  nodes: readonly FleetFileNode[],
  report: Report,
): void {
  const names = new Set<string>();
  const owners = new Map<string, string>();
  for (const bus of buses.values()) owners.set(`${bus.name}:${bus.functional}`, "functional");
  for (const node of nodes) {
    if (names.has(node.name)) report(["nodes"], `${node.name}: expected a name of its own`);
    names.add(node.name);
    for (const use of ["request", "response"] as const) {
      const key = `${node.bus}:${node[use]}`;
      const owner = owners.get(key);
      if (owner !== undefined) {
        report(["nodes"], `${node.name}: ${use} ${hex(node[use], 3)} already belongs to ${owner}`);
      }
      if (node[use] > 0x7FF) report(["nodes"], `${node.name}: ${use} is above 0x7FF`);
      owners.set(key, `${node.name} (${use})`);
    }
  }
}

function attempt(check: () => void, report: Report, path: readonly PropertyKey[]): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof CanvoyError)) throw error;
    report(path, error.message);
  }
}

function toPlain(file: string, doc: ReturnType<typeof parseDocument>): unknown {
  try {
    return doc.toJS({ maxAliasCount: 100 });
  } catch {
    throw new FleetFileError(file, [{ line: 1, column: 1, message: "too many aliases" }]);
  }
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Where a path stands in the file; its nearest parent where it is missing. */
function offsetOf(doc: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = doc.getIn(path.slice(0, length), true);
    if (typeof node === "object" && node !== null && "range" in node) {
      const range = (isScalar(node) ? node.range : Reflect.get(node, "range")) as number[] | null;
      if (range) return range[0]!;
    }
  }
  return 0;
}

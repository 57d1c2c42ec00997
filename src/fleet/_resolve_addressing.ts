import { hex } from "../core/mod.ts";
import type { IssueList } from "./_issue_list.ts";
import { evaluateNumber, type NumberText } from "./_number_expression.ts";
import type { YamlPath } from "./_yaml_source.ts";
import type { FleetAddressing, FleetCanId } from "./fleet.ts";
import type { BusDocument, NodeFields } from "./fleet_schema.ts";

/** What the tester is usually called. Source: ISO 15765-4, external test equipment. */
export const TESTER_ADDRESS = 0xF1;

type AddressingFields = Pick<
  NodeFields,
  "addressing" | "idBits" | "address" | "tester" | "extension" | "request" | "response"
>;

/** Reads the numbers of an addressing at their places. */
interface AddressingReader {
  readonly fields: AddressingFields;
  readonly i: number;
  readonly issues: IssueList;
  readonly pathOf: (key: keyof AddressingFields) => YamlPath;
}

/**
 * Finds how a node is addressed.
 *
 * @param reader What the file says, and where.
 * @returns The addressing, seen from the tester; `undefined` when something is missing or wrong.
 */
export function resolveNodeAddressing(reader: AddressingReader): FleetAddressing | undefined {
  const { fields } = reader;
  const mode = fields.addressing ?? "normal";
  const isFixed = mode === "normalFixed" || (mode === "mixed" && fields.idBits === 29);
  refuse(reader, mode, isFixed ? ["request", "response"] : []);
  refuse(reader, mode, isFixed || mode === "extended" ? [] : ["address", "tester"]);
  refuse(reader, mode, mode === "mixed" ? [] : ["extension"]);
  if (mode === "normalFixed" && fields.idBits === 11) {
    reader.issues.reportValue(reader.pathOf("idBits"), "expected 29, as normalFixed always has");
  }
  const ids = isFixed ? undefined : readIds(reader);
  const addressExtension = mode === "mixed" ? readByte(reader, "extension") : undefined;
  const target = isFixed || mode === "extended" ? readByte(reader, "address") : undefined;
  const source = fields.tester ?? TESTER_ADDRESS;
  switch (mode) {
    case "normal":
      return ids && { mode, ...ids };
    case "normalFixed":
      return target === undefined ? undefined : { mode, source, target };
    case "extended":
      return ids && target !== undefined ? { mode, ...ids, source, target } : undefined;
    case "mixed":
      if (addressExtension === undefined) return undefined;
      if (!isFixed) return ids && { mode: "mixed11", ...ids, addressExtension };
      return target === undefined
        ? undefined
        : { mode: "mixed29", source, target, addressExtension };
  }
}

/**
 * Finds how all nodes of a bus are addressed at once.
 *
 * @param written What the bus says.
 * @param path Its place.
 * @param issues Takes its mistakes.
 * @returns The addressing, seen from the tester; `undefined` when something is missing or wrong.
 */
export function resolveFunctional(
  written: Exclude<BusDocument["functional"], "none" | undefined>,
  path: YamlPath,
  issues: IssueList,
): FleetAddressing | undefined {
  if (typeof written === "number") {
    const id = { id: written, extended: false };
    return { mode: "normal", tx: id, rx: id };
  }
  const { id, ...rest } = written;
  const hasFixedId = rest.addressing === "normalFixed" ||
    (rest.addressing === "mixed" && rest.idBits === 29);
  if (hasFixedId && id !== undefined) {
    issues.report([...path, "id"], `expected no id with ${rest.addressing} addressing`, "key");
  }
  // Nobody answers on a functional identifier, so one serves for both directions.
  const fields = hasFixedId || id === undefined ? rest : { ...rest, request: id, response: id };
  const addressing = resolveNodeAddressing({
    fields,
    i: 0,
    issues,
    pathOf: (key) => [...path, key === "request" || key === "response" ? "id" : key],
  });
  return addressing !== undefined && "target" in addressing && !("tx" in addressing)
    ? { ...addressing, functional: true }
    : addressing;
}

function readIds(reader: AddressingReader): { tx: FleetCanId; rx: FleetCanId } | undefined {
  const tx = readId(reader, "request");
  const rx = readId(reader, "response");
  return tx === undefined || rx === undefined ? undefined : { tx, rx };
}

function readId(reader: AddressingReader, key: "request" | "response"): FleetCanId | undefined {
  const extended = reader.fields.idBits === 29;
  const expected = extended
    ? "a 29-bit identifier, 0x00000000..0x1FFFFFFF"
    : "an 11-bit identifier, 0x000..0x7FF (set idBits: 29 for longer ones)";
  const id = readNumber(reader, key, extended ? 0x1FFF_FFFF : 0x7FF, expected);
  return id === undefined ? undefined : { id, extended };
}

function readByte(reader: AddressingReader, key: "address" | "extension"): number | undefined {
  return readNumber(reader, key, 0xFF, "a byte, 0x00..0xFF");
}

function readNumber(
  { fields, i, issues, pathOf }: AddressingReader,
  key: "request" | "response" | "address" | "extension",
  max: number,
  expected: string,
): number | undefined {
  const written: NumberText | undefined = fields[key];
  if (written === undefined) {
    const mode = fields.addressing ?? "normal";
    issues.report(pathOf(key), `missing, expected ${expected}, as ${mode} addressing needs it`);
    return undefined;
  }
  const value = evaluateNumber(written, i);
  const source = issues.quote(pathOf(key)) ?? "";
  if (typeof written === "number" && /^[0-9]+e[0-9]+$/i.test(source)) {
    issues.report(pathOf(key), `expected 0x${source}, not ${source}, which YAML reads as ${value}`);
    return undefined;
  }
  if (value <= max) return value;
  if (typeof written === "number") issues.reportValue(pathOf(key), `expected ${expected}`);
  else {
    const shown = value <= 0xFFFF_FFFF ? hex(value, 3) : String(value);
    issues.reportPerNode(pathOf(key), `expected ${expected}, not ${shown} for {i} = ${i}`);
  }
  return undefined;
}

function refuse(
  { fields, issues, pathOf }: AddressingReader,
  mode: string,
  keys: readonly (keyof AddressingFields)[],
): void {
  for (const key of keys) {
    if (fields[key] === undefined) continue;
    issues.report(pathOf(key), `expected no ${key} with ${mode} addressing`, "key");
  }
}

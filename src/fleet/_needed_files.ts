import { type AddressRange, defined } from "../core/mod.ts";
import { type ExpandedNode, ownEntry } from "./_expand_nodes.ts";
import type { IssueList } from "./_issue_list.ts";
import { pathBeneath, rangeOf } from "./_resolve_images.ts";
import { toLayout } from "./_resolve_layout.ts";
import type { YamlPath } from "./_yaml_source.ts";
import type { FleetDocument } from "./fleet_schema.ts";

/** A file that a fleet file names and its nodes need. */
export interface NeededFile {
  /** What it is used for; `simImage`: what a virtual node runs at first; `cmacKey`: 16 bytes. */
  readonly kind: "image" | "simImage" | "cmacKey" | "keyProgram" | "certificate" | "privateKey";
  /** Its path beneath the fleet file's folder. */
  readonly path: string;
  /** Images only: its name. */
  readonly image?: string;
  /** Images only: where a raw binary belongs, as the file says. */
  readonly baseAddress?: number;
  /** Images only: which addresses of the file are meant, as the fleet file says. */
  readonly range?: AddressRange;
  /** Images only: whether the bootloader alone understands it. */
  readonly isOpaque?: boolean;
  /** Images only: where the application of the first node starts. */
  readonly applicationStart?: number;
  /** URL of the first node's bus. */
  readonly url: string;
  /** The nodes that need it. */
  readonly nodes: readonly { readonly name: string; readonly groups: readonly string[] }[];
}

/** What is wrong with a file. */
export interface FileMistake {
  /** What was expected. */
  readonly expected: string;
  /** Whether it is about the range that the fleet file names, not the file. */
  readonly isAboutRange?: boolean;
}

/** Looks at a file: says what was expected there, and nothing where all is well. */
export type FileCheck = (file: NeededFile) => FileMistake | undefined;

/**
 * Has the files looked at that nodes need: each once, told at its place.
 *
 * @param document The fleet file.
 * @param nodes Its nodes; what is wrong with them besides is of no matter.
 * @param check Looks at a file.
 * @param issues Takes what was expected.
 */
export function checkFiles(
  document: FleetDocument,
  nodes: readonly ExpandedNode[],
  check: FileCheck,
  issues: IssueList,
): void {
  const needs = new Map<string, { readonly at: YamlPath; readonly file: NeededFile }>();
  for (const node of nodes) {
    const user = { name: node.name, groups: node.fields.groups ?? [] };
    const url = ownEntry(document.buses, node.fields.bus ?? "")?.url ?? "";
    for (const { at, file } of filesOf(document, node)) {
      const path = pathBeneath(file.path);
      // A path out of the folder is told already.
      if (path === undefined) continue;
      const id = JSON.stringify([file.kind, path, file.image]);
      const users = needs.get(id)?.file.nodes ?? [];
      needs.set(id, { at, file: { url, ...file, path, nodes: [...users, user] } });
    }
  }
  for (const { at, file } of needs.values()) {
    const mistake = check(file);
    if (mistake === undefined) continue;
    const { expected, isAboutRange = false } = mistake;
    issues.report(isAboutRange ? [...at.slice(0, -1), "range"] : at, expected);
  }
}

interface FileUse {
  readonly at: YamlPath;
  readonly file: Omit<NeededFile, "nodes" | "url">;
}

function filesOf(document: FleetDocument, { fields, pathOf }: ExpandedNode): readonly FileUse[] {
  const written = typeof fields.layout === "string"
    ? ownEntry(document.layouts ?? {}, fields.layout)
    : fields.layout;
  const layout = written && toLayout(written);
  const applicationStart = layout &&
    (layout.linkedAt ?? layout.application.start) + (layout.applicationHeader?.sizeBytes ?? 0);

  function image(kind: "image" | "simImage", name: string | undefined): readonly FileUse[] {
    const entry = name === undefined ? undefined : ownEntry(document.images, name);
    if (name === undefined || entry === undefined) return [];
    const at = typeof entry === "string" ? ["images", name] : ["images", name, "file"];
    const path = typeof entry === "string" ? entry : entry.file;
    const { base: baseAddress, range: part, opaque: isOpaque } = typeof entry === "string"
      ? {}
      : entry;
    const range = part === undefined ? undefined : rangeOf(part);
    // A range that is none is told already.
    if (part !== undefined && range === undefined) return [];
    // An opaque one without an address is told already.
    if (isOpaque === true && baseAddress === undefined) return [];
    const told = defined({ baseAddress, range, isOpaque, applicationStart });
    return [{ at, file: { kind, path, image: name, ...told } }];
  }
  function file(kind: NeededFile["kind"], path: string, at: YamlPath): FileUse {
    return { at, file: { kind, path } };
  }
  const { security, authentication, sim } = fields;
  const entries = security === undefined || security === "none" ? [] : security;
  const isList = Array.isArray(entries);
  const keys = (isList ? entries : [entries]).flatMap((entry, i): readonly FileUse[] => {
    const at = [...pathOf("security"), ...(isList ? [i] : [])];
    if ("aesCmac" in entry) return [file("cmacKey", entry.aesCmac, [...at, "aesCmac"])];
    if ("module" in entry) return [file("keyProgram", entry.module, [...at, "module"])];
    if ("library" in entry) return [file("keyProgram", entry.library, [...at, "library"])];
    if (!("command" in entry)) return [];
    return [file("keyProgram", entry.command[0] ?? "", [...at, "command", 0])];
  });
  const own = pathOf("authentication");
  return [
    ...image("image", fields.image),
    ...image("image", fields.driver),
    ...image("simImage", sim?.image),
    ...keys,
    ...(authentication === undefined ? [] : [
      file("certificate", authentication.certificate, [...own, "certificate"]),
      file("privateKey", authentication.key, [...own, "key"]),
    ]),
    ...(sim?.authority === undefined
      ? []
      : [file("certificate", sim.authority, [...pathOf("sim"), "authority"])]),
  ];
}

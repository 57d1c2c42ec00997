/** Writes the reference of profiles from their schema, the table of defaults, and the rows of tests. */
import { parse } from "yaml";
import { type KeySchema, ProfileSchema, unitOfKey } from "../src/fleet/_profile_schema_walk.ts";
import { flowYaml, isMapping } from "../src/fleet/_profile_values.ts";
import {
  BUILT_IN_PROFILE_SUMMARIES,
  BUILT_IN_PROFILE_TEXTS,
  CHECKSUM_NAMES,
  keyDefault,
} from "../src/update/mod.ts";
import { CHECKSUM_ALGORITHMS } from "../src/codec/mod.ts";
import { FIELDS, KEPT_SCOPES } from "../src/update/profiles/_profile_templates.ts";
import { PROFILE_CASES, PROFILE_ROWS, type ProfileCase } from "../tests/support/profile_rows.ts";
import {
  IDENTITY_WORDS,
  KEEP_ALIVE_ROWS,
  PLACEHOLDERS,
  ROOMS,
  TIMING_DRIVES,
} from "./profile_words.ts";

const SCHEMA = new ProfileSchema();
const DEFAULT_TEXT = BUILT_IN_PROFILE_TEXTS.get("iso14229") as unknown as Mapping;
const OTHERS = [...BUILT_IN_PROFILE_TEXTS.values()] as unknown as readonly Mapping[];

/** Longer lists of words have a table of their own. */
const NAMES_MAX = 10;

type Mapping = Readonly<Record<string, unknown>>;

/** A mapping of a profile that gets a table. */
interface Section {
  readonly path: readonly string[];
  readonly properties: Readonly<Record<string, KeySchema>>;
}

/**
 * Describes profiles.
 *
 * @returns The page, in Markdown, without a heading of its own.
 */
export function profileReferenceText(): string {
  return [
    introText(),
    keysText(),
    placeholdersText(),
    checksumsText(),
    timingText(),
    keepAliveText(),
    identityText(),
    rowsText(),
    limitsText(),
  ].join("\n");
}

function introText(): string {
  const names = Object.entries(BUILT_IN_PROFILE_SUMMARIES)
    .map(([name, summary]) => `| \`${name}\` | ${summary} |\n`);
  return "A profile is the conversation with a bootloader, in the order in which it is held. It says what it " +
    "changes of another one, `iso14229` by default: lists and texts replace those of the other, mappings " +
    "are merged key by key. It stands under `profiles:` of a fleet file, or in a file of its own. " +
    "`canvoy profile show NAME` writes a built-in one out with every value, `canvoy profile check FILE` " +
    "finds mistakes, `canvoy profile try FILE` plays it against a virtual node. How to write one: " +
    "[the guide](../how-to/write_a_profile_for_your_bootloader.md), with three that were written from documents " +
    "alone.\n\n" +
    `| built in | what it is |\n| --- | --- |\n${names.join("")}`;
}

function keysText(): string {
  const sections: Section[] = [{ path: [], properties: SCHEMA.root.properties! }];
  const shown = new Set<string>();
  const tables: string[] = [];
  // Sections are found while tables are written.
  for (const section of sections) {
    for (const [key, given] of Object.entries(section.properties)) {
      for (const found of mappingsOf(given, [...section.path, key])) {
        const keys = Object.keys(found.properties).join();
        if (!shown.has(keys)) sections.push(found);
        shown.add(keys);
      }
    }
    tables.push(tableOf(section));
  }
  return `## Keys\n\nDefaults are those of \`iso14229\`, and what a key stands for where no profile says ` +
    `it. Examples are taken from the built-in profiles and from the bootloaders below.\n\n` +
    tables.join("\n");
}

/** The mappings that may stand at a key, or in its list. */
function mappingsOf(given: KeySchema, path: readonly string[]): readonly Section[] {
  return SCHEMA.ways(given).flatMap((way): readonly Section[] => {
    if (way.properties !== undefined) return [{ path, properties: way.properties }];
    return way.items === undefined ? [] : mappingsOf(way.items, [...path, "[]"]);
  });
}

function tableOf({ path, properties }: Section): string {
  const rows = Object.entries(properties).map(([key, given]) => {
    const at = [...path, key];
    const value = defaultOf(at);
    const cells = [
      `\`${key}\``,
      valueWords(given),
      unitOfKey(key) ?? "",
      value === undefined || isMapping(value) && path.length === 0
        ? ""
        : code(flowYaml(value, key)),
      SCHEMA.resolve(given).description ?? "",
      exampleOf(at, given),
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  });
  const [first] = Object.keys(properties);
  const isOfSeveral = path.at(-1) === "[]" && path.length === 2;
  const name = `\`${pathText(path)}\`${isOfSeveral ? ` with \`${first}\`` : ""}`;
  const title = path.length === 0 ? "### A profile" : `### ${name}`;
  return `${title}\n\n| key | value | unit | default | meaning | example |\n` +
    `| --- | --- | --- | --- | --- | --- |\n${rows.join("")}`;
}

function pathText(path: readonly string[]): string {
  return path.join(".").replaceAll(".[]", "[]");
}

function code(text: string): string {
  return `\`${text}\``;
}

function defaultOf(path: readonly string[]): unknown {
  const own = path.includes("[]") ? undefined : at(DEFAULT_TEXT, path);
  return own ?? keyDefault(path.filter((key) => key !== "[]"));
}

/** What a profile says at a path; of lists the first item that says it. */
function at(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  if (key === "[]") {
    if (!Array.isArray(value)) return undefined;
    return value.map((item) => at(item, rest)).find((found) => found !== undefined);
  }
  return isMapping(value) && Object.hasOwn(value, key) ? at(value[key], rest) : undefined;
}

/** Something else than the default that a test or a built-in profile says there. */
function exampleOf(path: readonly string[], given: KeySchema): string {
  const key = path.at(-1)!;
  const usual = JSON.stringify(defaultOf(path));
  const rows = PROFILE_CASES.map(({ profile }) => parse(profile) as Mapping);
  const said = [...rows, ...OTHERS].map((text) => at(text, path))
    .find((value) => value !== undefined && JSON.stringify(value) !== usual);
  if (said !== undefined && !isLong(said)) return code(flowYaml(said, key));
  const ways = SCHEMA.ways(given);
  const scalar = ways.find(({ type, properties, items }) =>
    type !== undefined && properties === undefined && items === undefined
  );
  if (scalar?.type === "boolean") return code(usual === "true" ? "false" : "true");
  const word = scalar?.enum?.find((one) => JSON.stringify(one) !== usual);
  if (word !== undefined) return code(String(word));
  return said === undefined ? numberExample(key, usual, scalar) : "";
}

/** Twice the default, or the middle of what is allowed. */
function numberExample(key: string, usual: string | undefined, scalar?: KeySchema): string {
  if (scalar?.type !== "integer" && scalar?.type !== "number") return "";
  const value = usual === undefined ? Number.NaN : Number(usual);
  if (Number.isFinite(value) && value > 0) {
    return code(flowYaml(Math.min(2 * value, scalar.maximum!), key));
  }
  return code(flowYaml(Math.min(Math.max(scalar.minimum ?? 0, 20), scalar.maximum ?? 20), key));
}

function isLong(value: unknown): boolean {
  return value === undefined || flowYaml(value, "").length > 60;
}

function valueWords(given: KeySchema): string {
  const ways = SCHEMA.ways(given).map((way) => {
    if (way.const !== undefined) return code(String(way.const));
    if ((way.enum?.length ?? 0) > NAMES_MAX) return "[a name](#checksums-by-name)";
    if (way.enum !== undefined) return way.enum.map((one) => code(String(one))).join(", ");
    if (way.properties !== undefined) return "mapping";
    if (way.type === "array") return `list of ${valueWords(way.items!)}`;
    if (way.type === "boolean") return "`true`, `false`";
    if (way.type === "string") return "text";
    return rangeWords(way);
  });
  return [...new Set(ways)].join(", or ");
}

function rangeWords({ minimum, maximum }: KeySchema): string {
  if (minimum === undefined || maximum === undefined) return "number";
  const isHex = maximum > 0x7F && Number.isInteger(Math.log2(maximum + 1));
  return `${minimum}..${isHex ? `0x${maximum.toString(16).toUpperCase()}` : maximum}`;
}

function placeholdersText(): string {
  const names = [...new Set(Object.values(FIELDS).flat())] as readonly string[];
  const rows = names.map((name) => {
    const rooms = Object.entries(FIELDS)
      .filter(([, fields]) => (fields as readonly string[]).includes(name))
      .map(([room]) => ROOMS[room] ?? room);
    const { means = "", length = "1 to 6 bytes" } = PLACEHOLDERS[name] ?? {};
    return `| \`{${name}}\` | ${means} | ${length} | ${rooms.join("; ")} |\n`;
  });
  return "## Placeholders\n\n" +
    "`{name:4}` is 4 bytes, most significant first; `{name:4le}` least significant first, for each of them " +
    "that has more than one byte. In an answer a placeholder is compared with what was sent or written, " +
    "but for `{status:1}`, `{any:2}` and `{maxNumberOfBlockLength:2}`; what follows its last byte is passed " +
    "over. A 71 that ends without a status is good.\n\n" +
    "| placeholder | what it is | length | where it may stand |\n| --- | --- | --- | --- |\n" +
    `${rows.join("")}\n` +
    `${ROOMS.none} may have no placeholder: they are the same for all nodes.\n\n` +
    keptText();
}

/** Names that the author of a profile chooses. */
function keptText(): string {
  const rooms = [...KEPT_SCOPES].map((room) => ROOMS[room] ?? room);
  return "Any other name is that of a field which a step in front keeps of its answer: behind " +
    '`{ request: "22 DD 07", answer: "62 DD 07 {nonce:4}", keep: [nonce] }` requests may have ' +
    "`{nonce:4}`. Without a length, `{code}` is as many bytes as come, 1 to 255, and then stands as " +
    `\`{code}\` in requests. It may stand in ${rooms.join("; ")}, and in \`record\` of ` +
    "`securityAccess`. What a step of `enter` keeps is known to all that follows, but for " +
    "`banks.confirm`; what others keep, to the rest of their list, and of `erase`. It is read anew " +
    "whenever a node is brought in, and never stored.\n";
}

function checksumsText(): string {
  const rows = CHECKSUM_NAMES.map((name) => {
    const { sizeBytes, description } = CHECKSUM_ALGORITHMS[name];
    return `| \`${name}\` | ${sizeBytes} | ${description} |\n`;
  });
  return "## Checksums by name\n\nAny other CRC is said by its parameters: `check.algorithm` above. " +
    "`canvoy image info` shows each of these for a file.\n\n" +
    `| \`algorithm\` | bytes | what it is |\n| --- | --- | --- |\n${rows.join("")}`;
}

function timingText(): string {
  const { properties } = SCHEMA.mappingOf(SCHEMA.root.properties!["timing"]!)!;
  const rows = Object.entries(properties!).map(([key, given]) => {
    const value = defaultOf(["timing", key]);
    const cells = [
      code(key),
      value === undefined ? "" : `${value}${unitOfKey(key) === undefined ? "" : " ms"}`,
      SCHEMA.resolve(given).description ?? "",
      TIMING_DRIVES[key] ?? "",
    ];
    return `| ${cells.join(" | ")} |\n`;
  });
  return "## Times, and what else each of them drives\n\n" +
    "| key of `timing` | default | bounds | drives too |\n| --- | --- | --- | --- |\n" +
    rows.join("");
}

function keepAliveText(): string {
  const rows = KEEP_ALIVE_ROWS.map(([word, means]) => `| \`${word}\` | ${means} |\n`);
  return "## How sessions are kept alive\n\n| `keepAlive` | what goes out |\n| --- | --- |\n" +
    `${rows.join("")}\n` +
    "A bus with `functional: none` carries no functional request: `auto` is then `physical`.\n";
}

function identityText(): string {
  const dids = DEFAULT_TEXT["identity"] as Readonly<Record<string, number>>;
  const rows = Object.entries(IDENTITY_WORDS).map(([name, means]) => {
    const did = dids[`${name}Did`];
    return `| \`${name}Did\` | ${
      did === undefined ? "none" : code(flowYaml(did, "did"))
    } | ${means} |\n`;
  });
  return "## What a node is asked for\n\n| key of `identity` | default | used for |\n" +
    `| --- | --- | --- |\n${rows.join("")}\n` +
    "A node that refuses 22 for one of them, or does not answer it, tells none, which is no failure " +
    "unless the fleet file states what it must be. `identity: none` asks for nothing.\n";
}

function rowsText(): string {
  const rows = PROFILE_ROWS.filter(({ cases = [] }) => cases.length > 0)
    .map(({ row, cases = [] }) => `### ${row}\n\n${cases.map(caseText).join("\n")}`);
  return "## What bootloaders do, and the lines that say it\n\n" +
    "Each of these is loaded by the test that stands behind it. There a node that was written from the " +
    "sentence alone is updated: undisturbed, and but for what a node tells of itself and a reset on the " +
    "way in, also with lost answers, with power cuts at five moments, and with hosts that are killed and " +
    "resume.\n\n" + rows.join("\n");
}

function caseText({ id, does, profile, beside, test }: ProfileCase): string {
  const more = beside === undefined
    ? ""
    : `\nThe fleet file says besides:\n\n\`\`\`text\n${beside.trimEnd()}\n\`\`\`\n`;
  const lines = profile.trim() === "{}"
    ? ""
    : `\n\`\`\`yaml ${id}.yaml\n${profile.trimEnd()}\n\`\`\`\n`;
  return `${does} ([test](../../${test})).\n${lines}${more}`;
}

function limitsText(): string {
  const rows = PROFILE_ROWS.flatMap(({ row, limits = [] }) =>
    limits.map((limit) => `| ${row} | ${limit.trim()} |\n`)
  );
  return "## What a profile cannot say\n\n| about | not there |\n| --- | --- |\n" + rows.join("");
}

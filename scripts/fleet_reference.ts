/** Writes the reference of fleet files from their schema: a table for each mapping. */
import { fleetJsonSchema } from "../src/fleet/mod.ts";

/** What is used here of a JSON Schema. */
interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

/** A mapping of the fleet file that gets a table. */
interface Section {
  readonly title: string;
  readonly schema: Schema;
}

const HEX_FROM = 0x7F;
/** Mappings that share so many keys are not told twice. */
const SHARED_KEYS_MIN = 10;
/** What patterns of texts mean: the first whose example they take. */
const TEXT_FORMS: readonly (readonly [example: string, words: string])[] = [
  ["any text!", "text"],
  ["name-{i}", "a name, with `{i}` in a range"],
  ["0x200 + {i}", "a sum such as `0x200 + {i}`"],
  ["name.of-z", "a name"],
  ["A5 5A", "hexadecimal bytes"],
  ["32K", "a size such as `32K`"],
];

/**
 * Describes fleet files.
 *
 * @returns The page, in Markdown, without a heading of its own.
 */
export function fleetReferenceText(): string {
  const root = fleetJsonSchema() as unknown as Schema & {
    readonly $defs: Readonly<Record<string, Schema>>;
  };
  const sections: Section[] = [{ title: "The file", schema: root }];
  const titles = new Map<string, string>();
  const resolve = (schema: Schema): Schema => {
    if (schema.$ref === undefined) return schema;
    const { $ref, ...own } = schema;
    return { ...resolve(root.$defs[$ref.slice("#/$defs/".length)]!), ...own };
  };
  /** The title of the section about a mapping; equal ones share one. */
  const sectionOf = (schema: Schema, path: string): string => {
    const key = JSON.stringify(Object.keys(schema.properties!));
    const known = titles.get(key);
    if (known !== undefined) return known;
    const isTaken = sections.some(({ title }) => title === path);
    const title = isTaken ? `${path} with ${requiredKeys(schema)}` : path;
    titles.set(key, title);
    sections.push({ title, schema });
    return title;
  };
  const wordsOf = (given: Schema, path: string): string => {
    const schema = resolve(given);
    if (schema.anyOf !== undefined) {
      const words = [...new Set(schema.anyOf.map((one) => wordsOf(one, path)))];
      const again = words.length > 2 ? words.slice(1, -1).join(", or ") : undefined;
      if (words.at(-1) === `list of ${again}`) words.splice(-1, 1, "a list of them");
      return words.join(", or ");
    }
    if (schema.properties !== undefined) {
      const title = sectionOf(schema, path);
      return `[${title}](#${anchor(title)})`;
    }
    if (schema.type === "array") return `list of ${wordsOf(schema.items!, `${path}[]`)}`;
    if (typeof schema.additionalProperties === "object") {
      return `by name: ${wordsOf(schema.additionalProperties, `${path}.NAME`)}`;
    }
    return scalarWords(schema);
  };
  const tables: string[] = [];
  // Sections are found while tables are written.
  for (const section of sections) {
    const part = sections.find((other) => isPartOf(other, section));
    tables.push(tableOf(section, part, resolve, wordsOf));
  }
  return tables.join("\n");
}

/** Whether everything that one mapping may say, another may say too, and more. */
function isPartOf(part: Section, whole: Section): boolean {
  const [few, many] = [part, whole].map(({ schema }) => Object.keys(schema.properties!));
  return few!.length >= SHARED_KEYS_MIN && many!.length > few!.length &&
    few!.every((key) => many!.includes(key));
}

function requiredKeys({ required = [] }: Schema): string {
  return required.join(", ");
}

function tableOf(
  { title, schema }: Section,
  part: Section | undefined,
  resolve: (schema: Schema) => Schema,
  wordsOf: (schema: Schema, path: string) => string,
): string {
  const path = title.replace(/ with .*/, "");
  const own = Object.entries(schema.properties!)
    .filter(([key]) => !Object.hasOwn(part?.schema.properties ?? {}, key));
  const rows = own.map(([key, given]) => {
    const meaning = resolve(given).description ?? "";
    const isRequired = schema.required?.includes(key) ?? false;
    const cells = [
      `\`${key}\`${isRequired ? " *" : ""}`,
      wordsOf(given, title === "The file" ? key : `${path}.${key}`),
      meaning,
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  });
  const heading = title === "The file" ? title : `\`${title}\``;
  if (part !== undefined) {
    rows.push(`| | all of [${part.title}](#${anchor(part.title)}) | |\n`);
  }
  return `## ${heading}\n\n| key | value | meaning |\n| --- | --- | --- |\n${rows.join("")}`;
}

function scalarWords(schema: Schema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${one}\``).join(", ");
  if (schema.type === "boolean") return "`true`, `false`";
  if (schema.type === "integer" || schema.type === "number") return numberWords(schema);
  if (schema.pattern === undefined) return "text";
  const pattern = new RegExp(schema.pattern, "u");
  return TEXT_FORMS.find(([example]) => pattern.test(example))?.[1] ?? "text";
}

function numberWords({ minimum, maximum, type }: Schema): string {
  const bound = (value: number): string =>
    type === "integer" && value >= HEX_FROM && isRound(value)
      ? `0x${value.toString(16).toUpperCase()}`
      : String(value);
  const words = type === "integer" ? "" : "number ";
  return minimum === undefined || maximum === undefined
    ? "number"
    : `${words}${bound(minimum)}..${bound(maximum)}`;
}

/** Whether a bound is all ones, and so better read as hexadecimal. */
function isRound(value: number): boolean {
  return Number.isInteger(Math.log2(value + 1));
}

/** As Markdown's readers make it of a heading. */
function anchor(title: string): string {
  return title.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-");
}

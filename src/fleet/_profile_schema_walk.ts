import { profileJsonSchema } from "./_profile_schema.ts";

/** What is used here of a JSON Schema. */
export interface KeySchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly KeySchema[];
  readonly properties?: Readonly<Record<string, KeySchema>>;
  readonly required?: readonly string[];
  readonly items?: KeySchema;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** The schema of profiles, with its references followed. */
export class ProfileSchema {
  /** A profile as a whole. */
  readonly root: KeySchema;
  readonly #parts: Readonly<Record<string, KeySchema>>;

  /** Makes it of what editors are given. */
  constructor() {
    const schema = profileJsonSchema() as unknown as KeySchema & {
      readonly $defs: Readonly<Record<string, KeySchema>>;
    };
    this.root = schema;
    this.#parts = schema.$defs;
  }

  /**
   * Follows a reference; what stands beside it goes before what it points to.
   *
   * @param schema A part of the schema.
   * @returns The part itself.
   */
  resolve(schema: KeySchema): KeySchema {
    const { $ref, ...own } = schema;
    if ($ref === undefined) return schema;
    return { ...this.resolve(this.#parts[$ref.slice("#/$defs/".length)]!), ...own };
  }

  /**
   * Lists what may stand at a key.
   *
   * @param schema The key's part.
   * @returns Each way, resolved; the part alone where there is one way.
   */
  ways(schema: KeySchema): readonly KeySchema[] {
    const part = this.resolve(schema);
    return part.anyOf === undefined ? [part] : part.anyOf.flatMap((one) => this.ways(one));
  }

  /**
   * Finds the mapping that may stand at a key.
   *
   * @param schema The key's part.
   * @param keys Keys that it must know.
   * @returns The mapping; `undefined` where there is none.
   */
  mappingOf(schema: KeySchema, keys: readonly string[] = []): KeySchema | undefined {
    return this.ways(schema).find(({ properties }) =>
      properties !== undefined && keys.every((key) => Object.hasOwn(properties, key))
    );
  }
}

/**
 * Tells the unit that a key's number counts in, by the ending of its name.
 *
 * @param key The key.
 * @returns The unit; `undefined` where it has none.
 */
export function unitOfKey(key: string): string | undefined {
  if (/Ms(?:Max|Min)?$/.test(key)) return "ms";
  if (/Us(?:Max|Min)?$/.test(key)) return "us";
  if (/(?:Bytes|^bytes|^from|LengthCap)$/.test(key)) return "bytes";
  if (/Blocks$/.test(key)) return "blocks";
  return key === "width" ? "bits" : undefined;
}

import type { CborKey, CborValue } from "../codec/mod.ts";
import { encodeShape, ShapeReader } from "./_shape.ts";

/** What a manifest says to people, by language. */
export type SuitText = ReadonlyMap<string, SuitTextOfLanguage>;

/** What a manifest says in one language. */
export interface SuitTextOfLanguage {
  /** About the whole, by number: 1 description of the manifest, 2 of the update, 3 and 4 sources. */
  readonly manifest: ReadonlyMap<number, string>;
  /** About each component. */
  readonly components: readonly SuitTextOfComponent[];
}

/** What a manifest says about a component. */
export interface SuitTextOfComponent {
  /** The component. */
  readonly identifier: readonly Uint8Array[];
  /** By number: 1 vendor, 2 model, 3 vendor's domain, 4 model info, 5 description, 6 version. */
  readonly texts: ReadonlyMap<number, string>;
}

const LANGUAGE = /^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$/;
const MANIFEST_KEY_MAX = 4;
const COMPONENT_KEY_MAX = 6;

const READER: ShapeReader = new ShapeReader("BUNDLE_FORMAT", "bundle");

/**
 * Decodes the text of a manifest.
 *
 * Source: draft-ietf-suit-manifest, SUIT_Text_Map.
 *
 * @param bytes The encoded map.
 * @returns The text.
 * @throws {BundleError} If the bytes are anything else.
 */
export function decodeSuitText(bytes: Uint8Array): SuitText {
  const languages = READER.map(READER.decode(bytes, "text"), "text");
  if (languages.size === 0) READER.fail("text has no language");
  return new Map([...languages].map(([language, value]) => {
    if (typeof language !== "string" || !LANGUAGE.test(language)) {
      READER.fail("text has a language that is no tag");
    }
    return [language, readLanguage(READER.map(value, "text"))];
  }));
}

/**
 * Encodes the text of a manifest.
 *
 * @param text The text.
 * @returns The bytes.
 */
export function encodeSuitText(text: SuitText): Uint8Array {
  return encodeShape(
    new Map([...text].map(([language, { manifest, components }]) => [
      language,
      new Map<CborKey, CborValue>([
        ...manifest,
        ...components.map(({ identifier, texts }): [CborKey, CborValue] => [identifier, texts]),
      ]),
    ])),
  );
}

function readLanguage(map: ReadonlyMap<CborKey, CborValue>): SuitTextOfLanguage {
  const manifest = new Map<number, string>();
  const components: SuitTextOfComponent[] = [];
  for (const [key, value] of map) {
    if (typeof key === "object") {
      const identifier = key.map((part) => READER.bytes(part, "component identifier in text"));
      const texts = READER.map(value, "text of a component");
      components.push({
        identifier,
        texts: new Map([...texts].map(([number, text]) => [
          readKey(number, COMPONENT_KEY_MAX),
          READER.text(text, "text of a component"),
        ])),
      });
    } else manifest.set(readKey(key, MANIFEST_KEY_MAX), READER.text(value, "text"));
  }
  return { manifest, components };
}

function readKey(key: CborKey, max: number): number {
  if (typeof key !== "number" || key < 1 || key > max) {
    READER.fail("text has an entry that canvoy does not know", "BUNDLE_UNKNOWN_PART");
  }
  return key;
}

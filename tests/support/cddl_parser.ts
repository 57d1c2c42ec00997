/** A type of a CDDL specification. */
export type CddlType =
  | { readonly kind: "choice"; readonly types: readonly CddlType[] }
  | { readonly kind: "literal"; readonly value: number | string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "tag"; readonly tag: number; readonly type: CddlType }
  | { readonly kind: "map" | "array"; readonly group: CddlGroup }
  | { readonly kind: "bitNames"; readonly group: CddlGroup }
  | {
    readonly kind: "control";
    readonly type: CddlType;
    readonly operator: string;
    readonly argument: CddlType;
  };

/** Alternatives of entries in a row. */
export interface CddlGroup {
  readonly choices: readonly (readonly CddlEntry[])[];
}

/** One entry of a group. */
export interface CddlEntry {
  readonly min: number;
  readonly max: number;
  /** A member key, or a name that labels an array's element. */
  readonly key?: CddlType;
  readonly type?: CddlType;
  readonly group?: CddlGroup;
}

/** Types and groups by name; what `/=` and `//=` add is one choice more. */
export interface CddlRules {
  readonly types: ReadonlyMap<string, CddlType>;
  readonly groups: ReadonlyMap<string, CddlGroup>;
}

const TOKEN =
  /;[^\n]*|\s+|(#6\.\d+|"[^"]*"|-?\d+|\.[a-z]+|\/\/=|\/=|=>|\/\/|[$]{0,2}[A-Za-z_@][\w@.-]*|[{}()[\],:&?*+=/])/gy;

/**
 * Parses as much of CDDL as SUIT's specification uses (RFC 8610).
 *
 * @param text The specification.
 * @returns Its rules.
 * @throws {Error} If something of it is not understood.
 */
export function parseCddl(text: string): CddlRules {
  return new Parser(tokenize(text)).rules();
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`CDDL not understood at ${text.slice(at, at + 30)}`);
    if (match[1] !== undefined) tokens.push(match[1]);
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  rules(): CddlRules {
    const types = new Map<string, CddlType>();
    const groups = new Map<string, CddlGroup>();
    while (this.#at < this.#tokens.length) {
      const name = this.#next();
      const operator = this.#next();
      if (operator === "//=") {
        const known = groups.get(name)?.choices ?? [];
        groups.set(name, { choices: [...known, ...this.#oneEntry().choices] });
      } else if (operator === "=" && this.#peek() === "(") groups.set(name, this.#oneEntry());
      else if (operator === "=" || operator === "/=") {
        const type = this.#type();
        const known = types.get(name);
        types.set(name, known === undefined ? type : { kind: "choice", types: [known, type] });
      } else throw new Error(`CDDL: "${operator}" behind ${name}`);
    }
    return { types, groups };
  }

  /** What follows `//=`: a group in parentheses. */
  #oneEntry(): CddlGroup {
    this.#expect("(");
    const group = this.#group(")");
    this.#expect(")");
    return group;
  }

  #group(end: string): CddlGroup {
    const choices: CddlEntry[][] = [[]];
    while (this.#peek() !== end) {
      if (this.#take("//")) choices.push([]);
      else {
        choices.at(-1)!.push(this.#entry());
        this.#take(",");
      }
    }
    return { choices };
  }

  #entry(): CddlEntry {
    const occurs = this.#occurrence();
    if (this.#peek() === "(") return { ...occurs, group: this.#oneEntry() };
    const type = this.#type();
    if (this.#take("=>")) return { ...occurs, key: type, type: this.#type() };
    if (this.#take(":")) {
      const value = this.#type();
      return { ...occurs, key: type, type: value };
    }
    return { ...occurs, type };
  }

  #occurrence(): { readonly min: number; readonly max: number } {
    if (this.#take("?")) return { min: 0, max: 1 };
    if (this.#take("*")) return { min: 0, max: Infinity };
    if (this.#take("+")) return { min: 1, max: Infinity };
    const isCount = /^\d+$/.test(this.#peek()) && this.#tokens[this.#at + 1] === "*";
    if (!isCount) return { min: 1, max: 1 };
    const min = Number(this.#next());
    this.#expect("*");
    return { min, max: Infinity };
  }

  #type(): CddlType {
    const types = [this.#controlled()];
    while (this.#take("/")) types.push(this.#controlled());
    return types.length === 1 ? types[0]! : { kind: "choice", types };
  }

  #controlled(): CddlType {
    const type = this.#simple();
    if (!this.#peek().startsWith(".")) return type;
    return { kind: "control", type, operator: this.#next(), argument: this.#simple() };
  }

  #simple(): CddlType {
    const token = this.#next();
    if (/^-?\d+$/.test(token)) return { kind: "literal", value: Number(token) };
    if (token.startsWith('"')) return { kind: "literal", value: token.slice(1, -1) };
    if (token.startsWith("#6.")) {
      this.#expect("(");
      const type = this.#type();
      this.#expect(")");
      return { kind: "tag", tag: Number(token.slice(3)), type };
    }
    if (token === "(") {
      const type = this.#type();
      this.#expect(")");
      return type;
    }
    if (token === "&") return { kind: "bitNames", group: this.#oneEntry() };
    if (token === "{" || token === "[") {
      const end = token === "{" ? "}" : "]";
      const group = this.#group(end);
      this.#expect(end);
      return { kind: token === "{" ? "map" : "array", group };
    }
    if (!/^[$A-Za-z_@]/.test(token)) throw new Error(`CDDL: "${token}" is no type`);
    return { kind: "name", name: token };
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? "";
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error("CDDL ends too early");
    return token;
  }

  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new Error(`CDDL: "${this.#peek()}" instead of "${token}"`);
  }
}

/** One wrong change to the code, and the tests that must notice it. */
export interface Mutant {
  /** What is wrong then. */
  readonly what: string;
  /** The file, from the project's folder. */
  readonly file: string;
  /** What stands there, once; however far its lines stand in. */
  readonly find: string;
  /** What is put in its place. */
  readonly replace: string;
  /** Tests of which one at least must fail. */
  readonly tests: readonly string[];
}

/**
 * Makes a pattern of what a mutant changes.
 *
 * @param mutant The mutant.
 * @returns It finds the text, however far in its lines stand.
 */
export function placeOf({ find }: Pick<Mutant, "find">): RegExp {
  const lines = find.split("\n").map((line) => RegExp.escape(line.trimStart()));
  return new RegExp(lines.join("\\n *"), "g");
}

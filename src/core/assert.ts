/**
 * States an invariant of the program; it stays on in production.
 *
 * @param condition What must hold.
 * @param message What is broken when it does not, in words for a developer.
 * @throws {Error} If `condition` is false: a mistake of ours, never of the input.
 */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`Broken invariant: ${message}`);
}

/**
 * Closes a `switch` over a union: adding a member without a case is then a type error.
 *
 * @param value The value that no case took.
 * @throws {Error} Always.
 */
export function unreachable(value: never): never {
  throw new Error(`Broken invariant: no case for ${JSON.stringify(value)}`);
}

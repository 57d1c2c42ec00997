import { type RequestTemplate, SERVICE_ID, suppressesPositiveResponse } from "../../uds/mod.ts";
import type { ProfileText, RequestText, StepText, When } from "./profile_text.ts";

/** A name that a step keeps. */
export interface KeptName {
  /** How many bytes; absent: as many as come. */
  readonly sizeBytes?: number;
  /** The step that keeps it first: `enter[1]`. */
  readonly key: string;
}

/** Names that steps so far keep. */
export type KeptNames = ReadonlyMap<string, KeptName>;

/**
 * Lists what a profile keeps.
 *
 * @param text The profile.
 * @returns The names, wherever they are kept.
 */
export function keptAnywhere({ enter, erase, banks, finish }: ProfileText): ReadonlySet<string> {
  const erasing = erase === "none" ? [] : [...erase.before ?? [], ...erase.after ?? []];
  const exchanging = banks === "none" ? [] : [...banks.swap ?? [], ...banks.confirm ?? []];
  const steps: readonly StepText[] = [...enter, ...erasing, ...exchanging, ...finish];
  return new Set(
    steps.flatMap((step) => typeof step !== "string" && "keep" in step ? step.keep ?? [] : []),
  );
}

/**
 * Says why a step cannot keep anything: a name that is kept is there for every request behind it.
 *
 * @param text The step.
 * @param request Its request.
 * @returns What was expected; `undefined` where it can.
 */
export function keepingProblem(
  { when, optional, poll }: RequestText & When,
  request: RequestTemplate,
): string | undefined {
  if (when !== undefined || optional === true) {
    const key = when === undefined ? "optional" : "when";
    return `expected no ${key} beside keep: what is kept must be there for each request behind it`;
  }
  if (poll?.until !== undefined) {
    return "expected no poll.until beside keep: another answer ends it";
  }
  const [first] = request.parts;
  const isAnswered = first?.kind !== "bytes" ||
    (first.bytes[0] !== SERVICE_ID.ecuReset && !suppressesPositiveResponse(first.bytes));
  return isAnswered ? undefined : "expected a request that is always answered beside keep";
}

/**
 * Says what is wrong with a name as a request has it.
 *
 * @param field The field.
 * @param kept What is kept under its name.
 * @returns What was expected; `undefined` where it fits.
 */
export function keptFieldProblem(
  { name, sizeBytes }: { readonly name: string; readonly sizeBytes?: number },
  kept: KeptName,
): string | undefined {
  if (sizeBytes === undefined || sizeBytes === kept.sizeBytes) return undefined;
  const field = `{${name}:${sizeBytes}}`;
  return kept.sizeBytes === undefined
    ? `${field}: expected {${name}}, as ${kept.key} keeps as many bytes as come; or ${field} there too`
    : `${field}: expected {${name}:${kept.sizeBytes}}, as ${kept.key} keeps it`;
}

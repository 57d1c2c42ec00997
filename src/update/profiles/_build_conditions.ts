import { defined, hex } from "../../core/mod.ts";
import { type DataCondition, parseRequestTemplate, type RequestTemplate } from "../../uds/mod.ts";
import type { ProfileProblem } from "./_profile_templates.ts";
import type { ConditionText } from "./profile_text.ts";

type Path = ProfileProblem["path"];

/**
 * Makes a condition of its text.
 *
 * @param text The text.
 * @param path Its place in the profile.
 * @param problems Takes what is wrong with it.
 * @returns The condition.
 */
export function buildCondition(
  text: ConditionText,
  path: Path,
  problems: ProfileProblem[],
): DataCondition {
  const { is, min, max, mask, bytes = 1 } = text;
  if (is === undefined && min === undefined && max === undefined) {
    problems.push({ path, message: "missing, expected what must hold: min, max or is" });
  }
  if (min !== undefined && max !== undefined && min > max) {
    problems.push({ path: [...path, "max"], message: `expected at least min, ${min}` });
  }
  if (mask !== undefined && mask >= 2 ** (8 * bytes)) {
    const message = `expected bits of ${bytes === 1 ? "1 byte" : `${bytes} bytes`}, as bytes says`;
    problems.push({ path: [...path, "mask"], message });
  }
  const values = typeof is === "number" ? [is] : is;
  return {
    from: 0,
    format: "number",
    scale: 1,
    offset: 0,
    optional: false,
    ...defined({ ...text, is: undefined }),
    ...defined({ is: values }),
    did: text.did,
    bytes,
  };
}

/**
 * @param did A data identifier.
 * @returns The request that reads it.
 */
export function readingRequest(did: number): RequestTemplate {
  return parseRequestTemplate(`22 ${hex(did >> 8, 2).slice(2)} ${hex(did & 0xFF, 2).slice(2)}`);
}

import { hex } from "../core/mod.ts";
import type { AnswerRule, EraseStep, NodeStep, UpdateProfile } from "../update/mod.ts";

/** One part of a conversation, in short. */
export interface ProfilePart {
  /** The profile's key. */
  readonly part: string;
  /** What is sent, in order. */
  readonly requests: readonly string[];
  /** How often, or to whom; absent: once to the node. */
  readonly when?: string;
}

/**
 * Tells in short what a profile has canvoy send.
 *
 * @param profile The profile.
 * @returns Its parts, in order; those without a request are left out.
 */
export function profileParts(profile: UpdateProfile): readonly ProfilePart[] {
  const { erase, download, check, driver, banks } = profile;
  const { block, exit, exitAnswer } = download;
  const parts: readonly ProfilePart[] = [
    { part: "before", requests: profile.before.map(textOf), when: "to all nodes of the bus" },
    { part: "identity", requests: identityTexts(profile) },
    { part: "enter", requests: profile.enter.map(stepText) },
    { part: "driver", requests: driver === undefined ? [] : driverTexts(profile) },
    {
      part: "erase",
      requests: erase.request === undefined ? [] : [
        ...erase.before.map(stepText),
        erase.request.text + pollText(erase.answer),
        ...erase.after.map(stepText),
      ],
      when: every(erase.scope),
    },
    {
      part: "download",
      requests: [
        ...(download.request === undefined ? [] : [download.request.text]),
        `${block.request.text} ...`,
        ...(exit === undefined ? [] : [exit.text + pollText(exitAnswer)]),
      ],
      when: every(download.unit),
    },
    {
      part: "check",
      requests: check === undefined ? [] : [check.request.text + pollText(check.answer)],
      when: every(check?.scope ?? "image"),
    },
    { part: "banks.swap", requests: (banks?.swap ?? []).map(stepText), when: "with two banks" },
    { part: "banks.confirm", requests: (banks?.confirm ?? []).map(stepText) },
    { part: "finish", requests: profile.finish.map(stepText) },
    { part: "after", requests: profile.after.map(textOf), when: "to all nodes of the bus" },
  ];
  return parts.filter(({ requests }) => requests.length > 0);
}

/**
 * Writes those parts for people.
 *
 * @param parts The parts.
 * @returns A line for each request.
 */
export function partLines(parts: readonly ProfilePart[]): readonly string[] {
  const width = Math.max(...parts.map(({ part }) => part.length)) + 2;
  return parts.flatMap(({ part, requests, when }) =>
    requests.map((request, i) => {
      const head = (i === 0 ? part : "").padEnd(width);
      return `  ${head}${request}${i === 0 && when !== undefined ? `   (${when})` : ""}`;
    })
  );
}

function every(scope: "segment" | "image"): string {
  return scope === "segment" ? "each segment" : "the whole image";
}

function textOf({ request }: UpdateProfile["before"][number]): string {
  return request.text;
}

function stepText(step: NodeStep | EraseStep): string {
  switch (step.kind) {
    case "request":
      return step.request.text + (step.optional ? ", may be refused" : "") + pollText(step.answer);
    case "securityAccess":
      return `27 ${hex(step.level, 2).slice(2)}, 27 ${hex(step.level + 1, 2).slice(2)} KEY`;
    case "authentication":
      return "29, by certificate";
    case "talkTo":
      return `from here on by the identifiers of the ${step.program}`;
    case "wait":
      return `a pause of ${step.delayMs} ms`;
  }
}

/** How it is asked again. */
function pollText(answer: AnswerRule | undefined): string {
  if (answer?.poll === undefined) return "";
  const { request, intervalMs } = answer.poll;
  return `, asked again by ${request?.text ?? "the same"} every ${intervalMs} ms`;
}

function driverTexts({ driver }: UpdateProfile): readonly string[] {
  return ["a download to RAM", ...(driver?.check === undefined ? [] : [stepText(driver.check)])];
}

function identityTexts({ identity }: UpdateProfile): readonly string[] {
  const { readings: _, ...dids } = identity;
  return Object.entries(dids).map(([key, did]) => {
    const bytes = hex(did as number, 4).slice(2);
    return `22 ${bytes.slice(0, 2)} ${bytes.slice(2)}  ${key.replace(/Did$/, "")}`;
  });
}

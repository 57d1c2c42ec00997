/**
 * The JSON Schema of the lines that `--json` writes while nodes are updated, version 1.
 *
 * Within a version, records may get further fields and types; none goes, and none changes its
 * meaning. `scripts/build_reference.ts` writes it to docs/reference/events.schema.json.
 */
import { z } from "zod";

const error = z.looseObject({
  code: z.string().describe("stable; canvoy explain CODE tells more"),
  message: z.string(),
  request: z.string().optional().describe("the last request, as hexadecimal bytes, shortened"),
  response: z.string().optional(),
  step: z.string().optional().describe("which key of the user's profile it failed at"),
  place: z.string().optional().describe("where that stands: FILE:LINE:COLUMN"),
});
const LEFT_IN = [
  "untouched",
  "oldImage",
  "eraseUnconfirmed",
  "bootloader",
  "newImageUnconfirmed",
  "rolledBack",
] as const;
const endState = z.enum(LEFT_IN)
  .describe("where a node that did not get through was left");
const NODE_PHASES = [
  "unknown",
  "found",
  "entering",
  "unlocked",
  "updating",
  "imageVerified",
  "swapping",
  "activating",
  "confirming",
  "rollingBack",
  "waitingToRetry",
  "done",
  "refused",
  "failed",
  "cancelled",
] as const;
const SEGMENT_PHASES = [
  "pending",
  "checking",
  "erasing",
  "erased",
  "writing",
  "verifying",
  "verified",
  "skipped",
  "waitingToRetry",
  "failed",
] as const;
/** A loose record: a further end may come. */
const END_STATE_COUNTS = Object.fromEntries(
  ["newImage", ...LEFT_IN].map((end) => [end, z.number()]),
);
const nodePhase = z.enum(NODE_PHASES);
const segmentPhase = z.enum(SEGMENT_PHASES);

function event<Shape extends z.core.$ZodLooseShape>(type: string, shape: Shape): z.ZodType {
  return z.looseObject({
    atMs: z.number().describe("the run's own time, in ms; it never decreases"),
    type: z.literal(type),
    ...shape,
  });
}

const node = z.string().describe("a node's name in the fleet file");

/** What a line may be. */
export const EVENT_LINE: z.ZodType = z.union([
  event("runStarted", {
    nodes: z.array(z.looseObject({
      name: z.string(),
      bus: z.string(),
      device: z.string(),
      image: z.string(),
      imageVersion: z.string().optional().describe("what the image calls itself, where known"),
    })),
  }),
  event("busState", {
    bus: z.string(),
    state: z.enum(["errorActive", "errorPassive", "busOff", "stopped"]),
  }),
  event("cancelRequested", {}),
  event("runFinished", {}),
  event("nodePlanned", {
    node,
    imageBytes: z.number(),
    segments: z.array(z.looseObject({ start: z.number(), end: z.number(), dataBytes: z.number() })),
    bank: z.literal("inactive").optional().describe("the bank that does not run is written"),
  }),
  event("nodePhase", { node, phase: nodePhase }),
  event("nodeIdentified", {
    node,
    identity: z.looseObject({
      hardware: z.string().optional(),
      version: z.string().optional(),
      bootloader: z.string().optional(),
      serial: z.string().optional(),
    }),
  }),
  event("segmentPhase", { node, segment: z.number(), phase: segmentPhase, attempt: z.number() }),
  event("segmentProgress", { node, segment: z.number(), writtenBytes: z.number() }),
  event("retry", {
    node,
    scope: z.enum(["request", "segment", "node"]),
    segment: z.number().optional(),
    attempt: z.number(),
    delayMs: z.number(),
    error,
  }),
  event("responsePending", { node, service: z.number(), count: z.number() }),
  event("nodeLeftGroup", { node, reason: z.string() }),
  event("sessionFinding", {
    node,
    finding: z.enum(["physicalKeepAlive", "noTesterPresentInDownload"]),
  }),
  event("nodeDone", { node, upToDate: z.boolean(), version: z.string().optional() }),
  event("nodeRefused", { node, error }),
  event("nodeFailed", { node, error, state: endState.optional() }),
  event("nodeCancelled", { node, state: endState.optional() }),
  z.looseObject({
    type: z.literal("summary"),
    command: z.string(),
    ok: z.boolean(),
    nodes: z.number().optional(),
    done: z.number().optional(),
    upToDate: z.number().optional(),
    due: z.number().optional().describe("nodes that verify found to hold another image"),
    failed: z.number().optional(),
    refused: z.number().optional(),
    endStates: z.looseObject(END_STATE_COUNTS).optional()
      .describe("how many nodes are in which of the promised ends; newImage: verified and running"),
    elapsedMs: z.number().optional(),
    bytesWritten: z.number().optional(),
    retries: z.number().optional(),
    buses: z.array(z.looseObject({
      bus: z.string(),
      frames: z.number(),
      bits: z.number(),
      busyRatio: z.number(),
    })).optional(),
    error: z.looseObject({ code: z.string(), message: z.string(), help: z.string() }).optional(),
  }).describe("the last line; error tells why ok is false"),
]);

/**
 * Writes the schema.
 *
 * @returns Its text.
 */
export function eventSchemaText(): string {
  const schema = z.toJSONSchema(EVENT_LINE, { io: "input" });
  const head = {
    $id: "canvoy-events-1",
    title: "A line of canvoy's --json, version 1",
  };
  return JSON.stringify({ ...head, ...schema }, null, 2) + "\n";
}

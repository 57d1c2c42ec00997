import { equalBytes, Prng } from "../core/mod.ts";
import {
  fillAnswer,
  type HandlerResult,
  matchAnswer,
  matchRequest,
  NRC,
  type RequestTemplate,
  type ServerContext,
  type ServerService,
  SERVICE_ID,
} from "../uds/mod.ts";
import type { DialectRequest, DialectStep, NodeDialect } from "./dialect.ts";
import { type NodeHandle, refuse } from "./node_handle.ts";

/** Keeps what is told apart from other chance with the same seed. */
const TOLD_STREAM = 0x701D;
/** Bytes of a value whose length the dialect leaves open. */
const OPEN_BYTES = 4;

type KeepingStep = DialectRequest & { readonly keep: readonly string[] };
type Service = ServerService<ServerContext>;

/**
 * Has services tell what the tester keeps of their answers, another value each time, and refuse requests
 * that name another one than was told last.
 *
 * @param node The node.
 * @param services Its services.
 * @returns The same; untouched where the dialect keeps nothing.
 */
export function withKeptValues(
  node: NodeHandle,
  services: readonly Service[],
): readonly Service[] {
  const { dialect } = node.options;
  const keeping = keepingSteps(dialect);
  if (keeping.length === 0) return services;
  const named = namedTemplates(dialect);
  return services.map((service): Service => ({
    ...service,
    handle: (request, context) => {
      if (named.some((template) => isOther(node, template, request))) {
        return refuse(NRC.requestOutOfRange);
      }
      const step = keeping.find((one) => matchRequest(one.request, request) !== undefined);
      if (step === undefined) return service.handle(request, context);
      makeValues(node, step);
      return told(node, step, service.handle(request, context));
    },
  }));
}

function keepingSteps({ enter, erase, banks, finish }: NodeDialect): readonly KeepingStep[] {
  const lists = [enter, erase.before, erase.after, banks?.swap, banks?.confirm, finish];
  return lists.flatMap((steps: readonly DialectStep[] = []) =>
    steps.flatMap((step) =>
      step.kind === "request" && step.keep !== undefined ? [{ ...step, keep: step.keep }] : []
    )
  );
}

/** Requests that may name what was told. */
function namedTemplates(dialect: NodeDialect): readonly RequestTemplate[] {
  const { enter, driver, erase, download, check, banks, finish } = dialect;
  const lists = [enter, erase.before, erase.after, banks?.swap, banks?.confirm, finish];
  const steps = lists.flatMap((list: readonly DialectStep[] = []) => list);
  return [
    ...steps.map((step) =>
      step.kind === "request"
        ? step.request
        : step.kind === "securityAccess"
        ? step.seedRequest
        : undefined
    ),
    ...[driver?.check?.request, erase.request, download.request, download.exit, check?.request],
  ].filter((template) => template !== undefined);
}

function isOther(node: NodeHandle, template: RequestTemplate, request: Uint8Array): boolean {
  const fields = matchRequest(template, request);
  return [...node.memory.told].some(([name, value]) => {
    const named = fields?.get(name);
    return named !== undefined && !equalBytes(named, value);
  });
}

function makeValues({ memory, options }: NodeHandle, { answer, keep }: KeepingStep): void {
  const prng = new Prng(options.seed, TOLD_STREAM + memory.toldCount++);
  for (const name of keep) {
    const field = answer?.response?.parts.find((part) =>
      part.kind === "field" && part.name === name
    );
    const sizeBytes = field?.kind === "field" ? field.sizeBytes : undefined;
    memory.told.set(name, prng.bytes(sizeBytes ?? OPEN_BYTES));
  }
}

/** A record that the node has anyway is told as it is; one that it has not is made. */
function told(
  { memory }: NodeHandle,
  { answer, keep }: KeepingStep,
  result: HandlerResult,
): HandlerResult {
  const template = answer?.response;
  if (template === undefined) return result;
  const isRecord = template.parts[0]?.kind === "bytes" &&
    template.parts[0].bytes[0] === SERVICE_ID.readDataByIdentifier + 0x40;
  if (!isRecord) return result;
  const fields = result.type === "positive" ? matchAnswer(template, result.response) : undefined;
  if (fields === undefined) {
    return { type: "positive", response: fillAnswer(template, Object.fromEntries(memory.told)) };
  }
  for (const name of keep) memory.told.set(name, fields.get(name)!);
  return result;
}

import type { WireEvidence } from "../../adapters/mod.ts";
import type { CanPortState } from "../../can/mod.ts";
import { remedyFor } from "../../report/mod.ts";
import type { CanvoyError } from "../../core/mod.ts";
import type { HeardFrames, OddFrames } from "../../tester/mod.ts";
import type { Finding } from "./finding.ts";
import { sendingFindings } from "./sending.ts";

const TWINS_HELP =
  "Unplug one, or give each its own identifiers: a copied configuration or a spare part has the " +
  "same; canvoy scan shows what they answer";
/** So many error frames while one node answers are more than a stray one. */
const COLLISION_FRAMES_MIN = 4;
/** A bus with more than this share of all its error frames at other times is just a bad bus. */
const COLLISION_SHARE_MIN = 0.5;

/** What asking one node has shown. */
export interface NodeEvidence {
  /** Its name in the fleet file. */
  readonly name: string;
  /** Identifier of requests to it, for people. */
  readonly request: string;
  /** Identifier on which its responses are due, for people. */
  readonly response: string;
  /** Identifiers on which its request was answered, for people. */
  readonly answeredOn: readonly string[];
  /** Identifiers on which one request was answered twice, and once more so, for people. */
  readonly answeredTwiceOn?: readonly string[];
  /** Whether anything at all was heard on the identifier of its responses. */
  readonly isHeard: boolean;
  /** Whether it answered a run, and then not any more; only a run knows. */
  readonly wasLost: boolean;
  /** What was heard while it was asked. */
  readonly meanwhile?: HeardFrames;
  /** How often frames were disturbed, or the controller went bus-off, while it was asked. */
  readonly errorFrames?: number;
}

/** What a bus has shown. */
export interface BusEvidence {
  /** Where it is, in words. */
  readonly place: string;
  /** State and error counters of the controller. */
  readonly state: CanPortState;
  /** What went wrong on the wire; absent where the bus does not tell. */
  readonly wire?: WireEvidence | undefined;
  /** Frames of others that came without being asked for. */
  readonly trafficFrames: number;
  /** Identifiers on which a request to all was answered, for people. */
  readonly answeredToAll: readonly string[];
  /** Of these, those on which one request was answered twice, and once more so. */
  readonly answeredTwiceToAll?: readonly string[];
  /** The nodes that were asked by themselves. */
  readonly nodes: readonly NodeEvidence[];
}

/**
 * Tells what is wrong with a bus, or with nodes on it, from what was seen: no guess beyond it.
 *
 * @param evidence What was seen; frames of ours were acknowledged, else there is none.
 * @returns What is known, the bus first.
 */
export function diagnose(evidence: BusEvidence): readonly Finding[] {
  const { nodes, answeredToAll } = evidence;
  const findings = [...busFindings(evidence), ...nodes.map((node) => nodeFinding(node, evidence))];
  const named = new Set(nodes.flatMap(({ answeredTwiceOn = [] }) => answeredTwiceOn));
  for (const id of (evidence.answeredTwiceToAll ?? []).filter((id) => !named.has(id))) {
    findings.push(
      bad("TWO_ANSWER", `two nodes answer on ${id}: one request has two answers`, TWINS_HELP),
    );
  }
  if (answeredToAll.length > 0) {
    findings.push(
      good("ALL_ANSWER", `a request to all is answered on ${answeredToAll.join(", ")}`),
    );
  } else if (nodes.length === 0) {
    findings.push(bad(
      "NOBODY_ANSWERS",
      "a request to all is answered by nobody",
      "canvoy scan asks each identifier by itself; check the nodes' power and bit rate",
    ));
  }
  return findings;
}

/**
 * Tells that nothing could be sent, so that nobody was asked.
 *
 * @param error What the bus said.
 * @returns What is known.
 */
export function nothingSent(error: CanvoyError): Finding {
  return bad("BUS_SENDS_NOTHING", error.message, remedyFor(error));
}

function busFindings({ place, state, wire, trafficFrames }: BusEvidence): Finding[] {
  const { kind, tec, rec } = state;
  const counters = tec === undefined
    ? ""
    : `; error counters: ${tec} transmit, ${rec ?? 0} receive`;
  const findings = kind === "errorPassive"
    ? [bad(
      "BUS_ERROR_PASSIVE",
      `${place} sends, but its controller is error passive${counters}`,
      "Many frames are disturbed: check bit rate, sample point, termination and ground",
    )]
    : [good("BUS_SENDS", `${place} sends, and frames are acknowledged${counters}`)];
  findings.push(
    ...(wire === undefined ? [] : wireFindings(wire)),
    ...sendingFindings(place, wire?.sending),
    trafficFrames > 0
      ? good("BUS_TRAFFIC", `${trafficFrames} frames of others were heard unasked`)
      : good("BUS_QUIET", "nobody sends unasked"),
  );
  return findings;
}

function wireFindings({ busOffs, disturbed, unacknowledged, overflows }: WireEvidence): Finding[] {
  const findings = [
    [
      busOffs,
      "BUS_WENT_OFF",
      "the controller went bus-off",
      remedyFor({ code: "CAN_BUS_OFF", message: "" }),
    ],
    [
      disturbed,
      "BUS_DISTURBED",
      "frames are disturbed, as error frames say",
      "Check for a wrong bit rate or sample point, bad wiring, termination and ground",
    ],
    [
      unacknowledged,
      "BUS_UNACKNOWLEDGED",
      "nobody acknowledged a frame, as error frames say",
      remedyFor({ code: "CAN_NO_ACKNOWLEDGE", message: "" }),
    ],
    [
      overflows,
      "BUS_LOSES_FRAMES",
      "received frames were lost here",
      "This machine or its adapter is too slow for the bus: end other programs, or take another",
    ],
  ] as const;
  return findings.filter(([count]) => count > 0).map(([count, kind, what, help]) =>
    bad(kind, `${what}: ${count === 1 ? "once" : `${count} times`}`, help)
  );
}

function nodeFinding(node: NodeEvidence, bus: BusEvidence): Finding {
  const { name, request, response, answeredOn, isHeard, wasLost, answeredTwiceOn = [] } = node;
  const odd = node.meanwhile?.odd;
  if (answeredTwiceOn.length > 0) {
    return bad(
      "NODE_TWINS",
      `${name} is asked on ${request} once and answered on ${answeredTwiceOn.join(", ")} twice: ` +
        "two nodes have its identifiers",
      TWINS_HELP,
    );
  }
  if (odd !== undefined) return noIsoTp(node, odd);
  if (answeredOn.includes(response)) {
    if (wasLost) return applicationOnly(node);
    return good("NODE_ANSWERS", `${name} answers ${request} on ${response}`);
  }
  if (answeredOn.length > 0) {
    const others = answeredOn.join(", ");
    return bad(
      "NODE_OTHER_IDENTIFIER",
      `${name} is asked on ${request} and answered on ${others}, not on ${response}`,
      `Write response: ${others} in the fleet file, if that is the node that is meant`,
    );
  }
  if (collides(node, bus)) {
    return bad(
      "NODE_ANSWERS_COLLIDE",
      `${name} does not answer ${request}: when its answer is due, frames are disturbed ` +
        `(${node.errorFrames} times)`,
      "Two nodes with its identifiers that answer at once destroy each other's frames: unplug one",
    );
  }
  if (wasLost) {
    return bad(
      "NODE_LOST",
      `${name} answered ${request} until it was asked for its bootloader, and does not since`,
      "Its bootloader may have another bit rate or other identifiers, or start slowly: canvoy scan",
    );
  }
  if (isHeard) {
    return bad(
      "NODE_HEARD_ONLY",
      `${name} does not answer ${request}, though somebody sends on ${response}`,
      "Check request: in the fleet file, and whether the application serves diagnostics",
    );
  }
  return bus.trafficFrames > 0 || bus.answeredToAll.length > 0
    ? bad(
      "NODE_SILENT",
      `${name} does not answer ${request}, though the bus is alive${heardMeanwhile(node)}`,
      "Check its power and its identifiers: canvoy scan shows who answers",
    )
    : bad(
      "NODE_SILENT_ON_QUIET_BUS",
      `${name} does not answer ${request}, and nobody else is heard`,
      isTroubled(bus.wire)
        ? "Mend the bus first"
        : "Somebody acknowledges, so the bit rate is right: check power and identifiers",
    );
}

function heardMeanwhile({ meanwhile }: NodeEvidence): string {
  const others = meanwhile?.others ?? [];
  return others.length === 0 ? "" : `; heard meanwhile: ${others.join(", ")}`;
}

/** Quiet before, disturbed while it answers. */
function collides({ errorFrames = 0 }: NodeEvidence, { wire, nodes }: BusEvidence): boolean {
  const whileAsked = nodes.reduce((sum, node) => sum + (node.errorFrames ?? 0), 0);
  const all = wire === undefined ? 0 : wire.disturbed + wire.busOffs;
  return errorFrames >= COLLISION_FRAMES_MIN && whileAsked >= all * COLLISION_SHARE_MIN;
}

function noIsoTp(
  { name, request, response }: NodeEvidence,
  { kind, count, sample }: OddFrames,
): Finding {
  const often = count === 1 ? "once" : `${count} times`;
  return kind === "classicLength"
    ? bad(
      "NODE_SENDS_NO_ISO_TP",
      `${name} is asked on ${request} and sends frames of CAN FD on ${response} that begin with a ` +
        `classic length (${often}): ${sample}`,
      "Above 8 bytes a single frame begins with 00 and the length (ISO 15765-2:2016): mend the " +
        "node's ISO-TP, or give it frames: { fd: false }",
    )
    : bad(
      "NODE_SENDS_NO_ISO_TP",
      `${name} is asked on ${request} and sends on ${response} what is no ISO-TP (${often}): ${sample}`,
      "Check response: and addressing: in the fleet file: something else is sent there",
    );
}

function isTroubled(wire: WireEvidence | undefined): boolean {
  return wire !== undefined && wireFindings(wire).length > 0;
}

function applicationOnly({ name, request, response }: NodeEvidence): Finding {
  return bad(
    "NODE_APPLICATION_ONLY",
    `${name} answers ${request} on ${response} now, but did not in its bootloader`,
    "Check that its bootloader has the same bit rate and identifiers; p2Ms: in the profile's " +
      "timing: gives it longer",
  );
}

function good(kind: Finding["kind"], text: string): Finding {
  return { kind, isGood: true, text, help: "" };
}

function bad(kind: Finding["kind"], text: string, help: string): Finding {
  return { kind, isGood: false, text, help };
}

/**
 * Writes findings for people.
 *
 * @param findings What is known.
 * @returns Lines: each finding, and beneath it what to do.
 */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  return findings.flatMap(({ isGood, text, help }) => [
    `${isGood ? "ok  " : "no  "} ${text}`,
    ...(help === "" ? [] : [`      ${help}`]),
  ]);
}

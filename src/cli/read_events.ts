import type { Host } from "../adapters/mod.ts";
import { CanvoyError } from "../core/mod.ts";
import type { FleetEvent } from "../fleet/mod.ts";
import { readEventLine, readJournal, readJournalHead } from "../journal/mod.ts";

/** A file that holds no events of a run. */
export class EventsFormatError extends CanvoyError {
  /** Stable name of the failure. */
  override readonly code = "EVENTS_FORMAT";

  /**
   * Says where.
   *
   * @param file The file.
   * @param state What is wrong.
   */
  constructor(file: string, state: string) {
    super(`Cannot read events of ${file}: ${state}`);
  }
}

/**
 * Reads the events of a journal, or those that `--json` wrote, up to the summary or a torn last line.
 *
 * @param name The file.
 * @param host The outside.
 * @returns The events of its last run, in their order.
 * @throws {EventsFormatError} If it holds none, or one that is not as this version writes it.
 * @throws {JournalFormatError} If it is a damaged journal.
 */
export function readEvents(name: string, host: Host): readonly FleetEvent[] {
  const bytes = host.readFile(name);
  if (readJournalHead(bytes) !== undefined) {
    const { events } = readJournal(bytes);
    return events.slice(Math.max(0, events.findLastIndex(({ type }) => type === "runStarted")));
  }
  const lines = new TextDecoder().decode(bytes).split("\n");
  const events: FleetEvent[] = [];
  lines.forEach((line, i) => {
    if (line.trim() === "") return;
    const record = parseLine(line);
    const isTorn = record === undefined && i === lines.length - 1;
    if (isTorn) return;
    if (record === undefined) throw new EventsFormatError(name, `line ${i + 1} is no JSON object`);
    const read = readEventLine(record);
    if (read.kind === "malformed") {
      throw new EventsFormatError(name, `line ${i + 1}: ${read.state}`);
    }
    if (read.kind === "other") return;
    if (read.event.type === "runStarted") events.length = 0;
    // Whoever folds them passes over nodes that it does not know.
    events.push(read.event);
  });
  if (events[0]?.type !== "runStarted") throw new EventsFormatError(name, "it has no runStarted");
  return events;
}

function parseLine(line: string): object | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}

import type { CanPort } from "../../src/can/mod.ts";
import type { Clock } from "../../src/core/mod.ts";

/**
 * A controller as the program of a host sees it: what it tells comes with the time of that host's
 * clock, as an adapter stamps it, whatever the clock of the world says.
 *
 * @param port The controller.
 * @param clock The host's clock.
 * @returns The same.
 */
export function onHost(port: CanPort, clock: Clock): CanPort {
  return {
    name: port.name,
    bitRates: port.bitRates,
    confirmationLagMs: port.confirmationLagMs,
    queueFrames: port.queueFrames,
    state$: port.state$,
    listen: (id, listener) => port.listen(id, (frame) => listener(frame, clock.now())),
    listenAll: (listener) => port.listenAll((frame) => listener(frame, clock.now())),
    transmit: (frame, onEnd) => port.transmit(frame, (outcome) => onEnd(outcome, clock.now())),
    close: () => port.close(),
  };
}

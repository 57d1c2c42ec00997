import { Observable, Subscription } from "rxjs";
import { type Clock, Timer } from "../core/mod.ts";
import { IsoTpError, type IsoTpIndication, type IsoTpLink } from "../isotp/mod.ts";
import { describeRequest } from "./errors.ts";
import { stepExchange } from "./exchange_machine.ts";
import {
  EXCHANGE_START,
  exchangeDueMs,
  type ExchangeEffect,
  type ExchangeInput,
  type ExchangeSpec,
  type UdsEvent,
} from "./exchange_state.ts";

/**
 * Runs one request on a link: feeds the machine and does what it says.
 *
 * Cold; ends with a `response`, or without one where it is suppressed; errors with the link's error,
 * a negative response, a broken one or a timeout. Unsubscribing takes the unsent rest back.
 *
 * @param link The link.
 * @param clock Its time.
 * @param makeSpec Makes the request's times and bounds when it is about to be sent.
 * @returns What happens to the request.
 */
export function runExchange(
  link: Pick<IsoTpLink, "send" | "indications$" | "queueingDelayMs">,
  clock: Clock,
  makeSpec: () => ExchangeSpec,
): Observable<UdsEvent> {
  return new Observable<UdsEvent>((subscriber) => {
    const spec = makeSpec();
    const teardown = new Subscription();
    let sending: Subscription | undefined;
    let state = EXCHANGE_START;
    const timer = new Timer(clock, () => feed({ type: "due" }));

    function feed(input: ExchangeInput): void {
      const moment = { nowMs: clock.now(), queueingDelayMs: link.queueingDelayMs() };
      const step = stepExchange(spec, state, input, moment);
      state = step.state;
      timer.setAt(exchangeDueMs(spec, state, moment.queueingDelayMs));
      for (const effect of step.effects) perform(effect);
    }

    function perform(effect: ExchangeEffect): void {
      switch (effect.type) {
        case "send":
          return send();
        case "emit":
          return subscriber.next(effect.event);
        case "complete":
          return subscriber.complete();
        case "fail":
          return subscriber.error(effect.error);
      }
    }

    function send(): void {
      sending?.unsubscribe();
      sending = link.send(spec.request).subscribe({
        next: (progress) => feed({ type: progress.type }),
        error: (error: unknown) => feed({ type: "sendFailed", error }),
      });
      if (subscriber.closed) sending.unsubscribe();
    }

    teardown.add(() => timer.clear());
    teardown.add(() => sending?.unsubscribe());
    // Listening comes first: a virtual node may answer inside the call that sends.
    teardown.add(link.indications$.subscribe({
      next: (indication) => feed(toInput(indication)),
      complete: () => subscriber.error(linkClosed(spec.request)),
    }));
    if (!subscriber.closed) send();
    return teardown;
  });
}

function toInput(indication: IsoTpIndication): ExchangeInput {
  switch (indication.type) {
    case "firstFrame":
      return { type: "firstFrame" };
    case "message":
      return { type: "message", data: indication.data };
    case "error":
      return { type: "linkError", error: indication.error };
  }
}

function linkClosed(request: Uint8Array): IsoTpError {
  return new IsoTpError(
    "N_ERROR",
    `Cannot complete ${describeRequest(request)}: the link was closed`,
  );
}

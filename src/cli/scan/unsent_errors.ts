import { CanvoyError } from "../../core/mod.ts";

/** Longer than N_As of a bus, in ms: that knows more of why, and speaks first. */
export const SEND_MS_MAX = 1500;

/** Nobody acknowledges what is sent. */
export class NoAcknowledgeError extends CanvoyError {
  /** Stable name of the failure; `CAN_` makes it one of the environment. */
  override readonly code = "CAN_NO_ACKNOWLEDGE";

  /**
   * Says on which bus.
   *
   * @param name The port's name.
   */
  constructor(name: string) {
    super(`Cannot ask on ${name}: a frame was not sent within ${SEND_MS_MAX} ms`);
  }
}

/** The controller goes bus-off instead of sending. */
export class BusOffError extends CanvoyError {
  /** Stable name of the failure; `CAN_` makes it one of the environment. */
  override readonly code = "CAN_BUS_OFF";

  /**
   * Says on which bus.
   *
   * @param name The port's name.
   * @param busOffs How often it went bus-off while one frame was to be sent.
   */
  constructor(name: string, busOffs: number) {
    const often = busOffs === 1 ? "went bus-off" : `went bus-off ${busOffs} times`;
    super(
      `Cannot ask on ${name}: its controller ${often} within ${SEND_MS_MAX} ms, and no frame was sent`,
    );
  }
}

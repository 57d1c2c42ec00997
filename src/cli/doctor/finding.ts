/** One thing that is known now. */
export interface Finding {
  /** Stable name. */
  readonly kind:
    | "BUS_SENDS"
    | "BUS_SENDS_NOTHING"
    | "BUS_ERROR_PASSIVE"
    | "BUS_WENT_OFF"
    | "BUS_DISTURBED"
    | "BUS_UNACKNOWLEDGED"
    | "BUS_LOSES_FRAMES"
    | "BUS_TRAFFIC"
    | "BUS_QUIET"
    | "ADAPTER_IS_THE_LIMIT"
    | "QUEUE_IS_THE_LIMIT"
    | "ADAPTER_CONFIRMS_EARLY"
    | "ALL_ANSWER"
    | "NOBODY_ANSWERS"
    | "TWO_ANSWER"
    | "NODE_ANSWERS"
    | "NODE_TWINS"
    | "NODE_ANSWERS_COLLIDE"
    | "NODE_SENDS_NO_ISO_TP"
    | "NODE_APPLICATION_ONLY"
    | "NODE_LOST"
    | "NODE_OTHER_IDENTIFIER"
    | "NODE_HEARD_ONLY"
    | "NODE_SILENT"
    | "NODE_SILENT_ON_QUIET_BUS";
  /** Whether that is as it should be. */
  readonly isGood: boolean;
  /** What was seen. */
  readonly text: string;
  /** What to do; empty where nothing is. */
  readonly help: string;
}

import { bytesToHex } from "../../../../src/core/mod.ts";
import type { NodeContext } from "../../../../src/update/mod.ts";
import {
  act,
  andThen,
  done,
  eventsOf,
  recover,
  type Step,
} from "../../../../src/update/node/step.ts";
import { type Conversation, type ConversationOptions, converse } from "../_conversation.ts";

/** What was asked, and what came of it. */
export interface Asked extends Conversation {
  /** What failed. */
  readonly error: unknown;
  /** What was done once it had answered. */
  readonly responses: readonly string[];
}

/** Has a conversation's node asked, and keeps what failed. */
export function askNode(
  talk: (context: NodeContext) => Step<Uint8Array>,
  options: ConversationOptions,
): Asked {
  let error: unknown;
  const responses: string[] = [];
  const keep = (response: Uint8Array): Step<unknown> =>
    act(() => responses.push(bytesToHex(response).toLowerCase()));
  const conversation = converse({
    ...options,
    talk: (context) =>
      eventsOf(recover(andThen(talk(context), keep), (caught) => {
        error = caught;
        return done();
      })),
  });
  return { ...conversation, error, responses };
}

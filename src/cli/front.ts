/**
 * The command line for what needs no rights and nothing but the program's own words: version, help,
 * and the commands that only say something. It loads no package, so it is there at once.
 *
 * @module
 */
import { createSpeaker } from "../adapters/light.ts";
import { answerAtOnce } from "./answer_at_once.ts";

if (import.meta.main) Deno.exit(await answerAtOnce(createSpeaker()));

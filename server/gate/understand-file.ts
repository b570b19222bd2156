import { createHash } from "node:crypto";
import { canonicalJson } from "../../shared/canonical.ts";
import type { FileCommandInput } from "../../shared/nouns/command.ts";
import type { Decision } from "../../shared/nouns/decision.ts";
import type { ShellFacts } from "../../shared/nouns/facts.ts";
import type { SshTarget } from "../../shared/nouns/target.ts";
import type { Hidden } from "../masking/hidden.ts";
import { decide } from "../policy/policies.ts";
import type { FilePlace } from "../protocols/ssh/connect/executable.ts";
import { describeFile } from "../protocols/ssh/facts/describe-file.ts";
import { normalPath } from "../protocols/ssh/facts/paths.ts";
import { createLocate, type LocateRooms } from "./locate.ts";
import type { Rooms } from "./rooms.ts";
import type { Ask } from "./understand.ts";

/** All that is known about a file command before anything of it runs. */
export type FileUnderstanding = {
  kind: "file";
  input: FileCommandInput;
  /** Where its path leads at the host: by this it is judged, and this is what is opened. */
  place: FilePlace;
  target: SshTarget;
  meaning: { facts: ShellFacts };
  decision: Decision;
  /** What is hidden in what comes back. */
  hidden: Hidden;
  /** Hash of where its path leads: an approval is bound to it. */
  resolved: string;
  /** A file command is done as it was asked or not at all. */
  refusal: undefined;
};

/** `place`: where it is known already, the host is not asked again. */
export type FileAsk = Ask & { target: SshTarget; input: FileCommandInput; place: FilePlace | undefined };

/**
 * Facts and decision of a file command, by the path that the host resolves. A dry run, which has no session, is judged
 * by the path as it is named. Throws what connecting throws.
 */
export function createUnderstandFile(
  rooms: LocateRooms & {
    policies: Pick<Rooms["policies"], "current">;
    targets: Pick<Rooms["targets"], "dataClasses">;
  },
) {
  const locate = createLocate(rooms);
  const { policies, targets, now } = rooms;
  return async function understandFile(ask: FileAsk): Promise<FileUnderstanding> {
    const { actor, target, input, session } = ask;
    const [set, dataClasses] = await Promise.all([ask.policies ?? policies.current(), targets.dataClasses()]);
    const place =
      ask.place ?? (session && (await locate(session.id, actor, target, input))) ?? asNamed(input.path);
    const facts = factsOf(input, place);
    const decision = decide(set, {
      actor,
      target,
      session,
      facts,
      dataClasses,
      recentLookups: 0,
      now: now(),
    });
    const hidden = new Map(dataClasses.map((dataClass) => [dataClass.name, dataClass]));
    const resolved = createHash("sha256").update(canonicalJson(place), "utf8").digest("hex");
    return {
      kind: "file",
      ...{ input, place, target, meaning: { facts }, decision, hidden, resolved, refusal: undefined },
    };
  };
}

function factsOf(input: FileCommandInput, { path, exists }: FilePlace): ShellFacts {
  if (input.file === "list") return describeFile({ file: "list", path });
  if (input.file === "download") return describeFile({ file: "download", path, binary: input.binary });
  return describeFile({ file: "upload", path, bytes: input.content.bytes, replaces: exists });
}

/** Nothing was asked of a host: something may stand there. */
const asNamed = (path: string): FilePlace => ({ path: normalPath(path), exists: true });

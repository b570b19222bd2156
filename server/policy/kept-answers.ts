import type { PolicySet } from "./compile.ts";
import { authorize, type Answer, type Question } from "./engine.ts";

/** Answers that are kept for one set of policies, and characters of the questions that are. */
const keptAnswers = 1_000;
const maxKeptQuestion = 8_192;
const answers = new WeakMap<PolicySet, Map<string, Answer>>();

/**
 * The engine's answer, from memory where the same was asked before: commands that differ in their values alone have
 * the same facts, and an answer takes the engine 250 us. The clock is no part of the question, so that policies that
 * read it (`readsClock`) are not to be asked this way. Throws `EngineFailure`; a failure is not kept.
 */
export function answerOf(set: PolicySet, question: Question): Answer {
  const { now: _, sessionAgeSeconds: __, ...context } = question.context;
  const key = JSON.stringify({ ...question, context });
  const kept = answers.get(set) ?? new Map<string, Answer>();
  answers.set(set, kept);
  const answer = kept.get(key) ?? authorize(set.texts, question);
  // The first key is the one that nobody asked for longest.
  kept.delete(key);
  if (key.length <= maxKeptQuestion) kept.set(key, answer);
  const [oldest] = kept.keys();
  if (kept.size > keptAnswers && oldest !== undefined) kept.delete(oldest);
  return answer;
}

import { Visible } from "../ui/code.tsx";
import { plural } from "../ui/number.ts";
import { keptOutput, outputBy, type StoryCommand, type StoryOutput } from "./story.ts";

/** What a command that was sent had printed by `position`, its two streams told apart. */
export function OutputScene({
  command,
  output,
  position,
}: {
  command: StoryCommand;
  output: StoryOutput;
  position: number;
}) {
  const parts = output.parts.filter(({ at }) => at <= position);
  const characters = outputBy(command, position);
  const { exit } = output;
  return (
    <>
      {output.stdin === "" ? null : (
        <section className="printed" aria-label="Standard input">
          <h3 className="lab">Standard input</h3>
          <pre>
            <Visible text={output.stdin} />
          </pre>
        </section>
      )}
      {parts.length === 0 ? null : (
        <section className="printed" aria-label="Output">
          <h3 className="lab">Output</h3>
          <pre>
            {parts.map(({ stream, text }, index) =>
              stream === "stderr" ? (
                <span key={index} className="stderr" title="standard error">
                  <Visible text={text} />
                </span>
              ) : (
                <Visible key={index} text={text} />
              ),
            )}
          </pre>
        </section>
      )}
      {characters > keptOutput ? (
        <p className="f11 t3 pad">{plural(characters - keptOutput, "more character")} in the recording</p>
      ) : null}
      {exit?.truncated === true && exit.at <= position ? (
        <p className="f11 t3 pad">It printed more than was taken</p>
      ) : null}
    </>
  );
}

import { Button } from "@mantine/core";
import type { PresentActor } from "../../shared/nouns/block.ts";
import { useMe } from "../api/portal.tsx";
import { Visible } from "../ui/code.tsx";
import { Avatar, Tag } from "../ui/marks.tsx";
import { plural } from "../ui/number.ts";
import { At } from "../ui/time.tsx";

/** As many as the gateway tells of. */
const mostTold = 500;

/** Who has sessions open, whoever opened one last first. */
export function PresentList({
  people,
  take,
}: {
  people: readonly PresentActor[];
  take: (who: PresentActor) => void;
}) {
  const me = useMe();
  return (
    <>
      <ul aria-label="With open sessions">
        {people.map((one) => (
          <li key={one.id} className="person">
            <Avatar name={one.name} workload={one.kind === "workload"} />
            <b className="who" title={one.id}>
              <Visible text={one.name} />
            </b>
            <span className="why t2 f12">
              <Visible text={one.person} />
              {one.kind === "workload" ? <Tag>workload</Tag> : null}
              {one.owner === undefined ? null : (
                <span>
                  of <Visible text={one.owner} />
                </span>
              )}
            </span>
            <span className="f12 t2 since">
              {plural(one.sessions, "session")} since <At time={one.since} />
            </span>
            {one.id === me.id ? (
              <span className="f12 t2 you">this is you</span>
            ) : (
              <Button aria-label={`Take the access of ${one.name} back`} onClick={() => take(one)}>
                Take back
              </Button>
            )}
          </li>
        ))}
      </ul>
      {people.length < mostTold ? null : (
        <p className="f12 t2">
          These are the {mostTold} who opened a session last. Of others take access back by their id.
        </p>
      )}
    </>
  );
}

import "./lists.css";
import "./people.css";
import { Button } from "@mantine/core";
import { IconUserOff, IconUsers } from "@tabler/icons-react";
import { useState } from "react";
import type { Block, PresentActor } from "../../shared/nouns/block.ts";
import { toUserError } from "../api/errors.ts";
import { Page } from "../frame/page.tsx";
import { EmptyState, ErrorState, Waiting } from "../ui/states.tsx";
import { BlockedList } from "./people-blocked.tsx";
import { GiveAccess, TakeAccess } from "./people-decide.tsx";
import { PresentList } from "./people-present.tsx";
import { useAccess } from "./use-access.ts";

type Asked = { take: PresentActor | undefined } | { give: Block };

/** Whose access was taken back, and who works now: the place from which work is ended at once. */
export function People() {
  const { blocks, present } = useAccess();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const failed = blocks.error ?? present.error;
  return (
    <Page
      title="People"
      top={
        <>
          <h1>People</h1>
          <span className="t2 f12 nophone el">who works here now, and who no longer may</span>
        </>
      }
      status={<span>In force at every gateway of this store within two seconds</span>}
    >
      <div className="people">
        {blocks.data === undefined || present.data === undefined ? (
          failed === null ? (
            <Waiting what="Asking who works here" />
          ) : (
            <ErrorState
              error={toUserError(failed)}
              again={() => void Promise.all([blocks.refetch(), present.refetch()])}
            />
          )
        ) : (
          <>
            <section aria-labelledby="blocked">
              <h2 id="blocked">
                Access taken back <span className="cnt">{blocks.data.length}</span>
                <span className="sp" />
                <Button
                  leftSection={<IconUserOff size={14} aria-hidden />}
                  onClick={() => setAsked({ take: undefined })}
                >
                  Take access back
                </Button>
              </h2>
              {blocks.data.length === 0 ? (
                <EmptyState icon={IconUserOff} title="Nobody's access is taken back">
                  When a laptop is lost or an agent runs wild, end all of somebody's work here at once: what
                  the issuer takes away is felt only with their next token.
                </EmptyState>
              ) : (
                <BlockedList blocks={blocks.data} give={(give) => setAsked({ give })} />
              )}
            </section>
            <section aria-labelledby="present">
              <h2 id="present">
                With open sessions <span className="cnt">{present.data.length}</span>
              </h2>
              {present.data.length === 0 ? (
                <EmptyState icon={IconUsers} title="Nobody has a session open">
                  People and agents appear here from their first open session on. Of others take access back
                  by their id.
                </EmptyState>
              ) : (
                <PresentList people={present.data} take={(take) => setAsked({ take })} />
              )}
            </section>
          </>
        )}
      </div>
      {asked === undefined ? null : "give" in asked ? (
        <GiveAccess block={asked.give} close={close} />
      ) : (
        <TakeAccess who={asked.take} present={present.data ?? []} close={close} />
      )}
    </Page>
  );
}

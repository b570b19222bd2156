import { Visible } from "../ui/code.tsx";
import { Menu } from "@mantine/core";
import { IconChevronDown, IconClock, IconPlayerRecordFilled, IconPlugOff } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Session } from "../../shared/nouns/session.ts";
import type { Tags } from "../../shared/nouns/target.ts";
import { closeSession } from "../api/calls.ts";
import { toUserError } from "../api/errors.ts";
import { useApi } from "../api/portal.tsx";
import { KindIcon } from "../ui/kind-icon.tsx";
import { StageTag } from "../ui/marks.tsx";
import { kindNames } from "../ui/target-kinds.ts";
import { Elapsed, MinutesLeft } from "../ui/time.tsx";
import { toast } from "../ui/toast.tsx";

type Props = {
  session: Session;
  tags: Tags;
  ended: boolean;
  /** What the session is to its actor, in two or three words, while it is open. */
  doing?: string;
};

/** Top bar of a workspace: target, stage, session, recording, time left. */
export function SessionFacts({ session, tags, ended, doing = "Session open" }: Props) {
  const api = useApi();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const close = async () => {
    try {
      await closeSession(api, session.id);
      await queries.invalidateQueries({ queryKey: ["sessions"] });
      await navigate({ to: "/targets" });
    } catch (reason) {
      const error = toUserError(reason);
      toast({ verdict: "failed", title: error.message, message: error.hint });
    }
  };
  return (
    <>
      <h1 className="vh">Work on {session.target}</h1>
      <Menu position="bottom-start" width={240}>
        <Menu.Target>
          <button
            type="button"
            className="tgt"
            aria-label={`Target ${session.target}: other targets, close session`}
          >
            <KindIcon kind={session.kind} size={16} />
            <span className="el">{session.target}</span>
            <StageTag tags={tags} />
            <IconChevronDown className="i" size={12} aria-hidden />
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Visible text={session.reason === "" ? "Opened without a reason" : session.reason} />
          </Menu.Label>
          <Menu.Item
            leftSection={<KindIcon kind={session.kind} size={14} />}
            onClick={() => void navigate({ to: "/targets" })}
          >
            Another target
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="stop"
            leftSection={<IconPlugOff size={14} aria-hidden />}
            disabled={ended}
            onClick={() => void close()}
          >
            Close this session
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <span className="fact nophone wide">{kindNames[session.kind]}</span>
      <span className="vr wide" />
      <span className="fact nophone wide">{ended ? "Session ended" : doing}</span>
      {ended ? null : (
        <>
          <span className="vr wide" />
          <span className="fact">
            <span className="fg t-proof" style={{ display: "inline-flex" }}>
              <IconPlayerRecordFilled size={14} aria-hidden />
            </span>
            <b className="nophone">Recorded</b>
            <span className="phone vh">Recorded</span>
            <span className="nophone">
              <Elapsed since={session.openedAt} />
            </span>
          </span>
          <span className="vr" />
          <span className="fact">
            <IconClock className="i" size={14} aria-hidden />
            <MinutesLeft until={session.expiresAt} />
          </span>
        </>
      )}
    </>
  );
}

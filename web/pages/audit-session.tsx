import { ActionIcon, Button, Menu, Modal } from "@mantine/core";
import {
  IconChevronLeft,
  IconDots,
  IconLayoutSidebarRight,
  IconLink,
  IconMovie,
  IconPlayerStop,
  IconPointFilled,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { can } from "../../shared/can/can.ts";
import { closeSession } from "../api/calls.ts";
import { toUserError } from "../api/errors.ts";
import { useApi, useMe } from "../api/portal.tsx";
import { isTyping, lettersAreOff } from "../frame/keys.ts";
import { openAsciicast } from "../api/recordings.ts";
import { PlayerView } from "../player/player.tsx";
import type { Player } from "../player/use-player.ts";
import { Avatar } from "../ui/marks.tsx";
import { plural } from "../ui/number.ts";
import { At } from "../ui/time.tsx";
import { DialogEnd } from "../ui/dialog-end.tsx";
import { toast } from "../ui/toast.tsx";
import { VerdictChip } from "../ui/verdict.tsx";
import { save, type Checked } from "./evidence.ts";

/** One session: who, where, when, and the player over it. */
export function AuditSession({
  session,
  player,
  checked,
  again,
  back,
  showEvidence,
}: {
  session: string;
  player: Player;
  checked: Checked | undefined;
  again: () => void;
  back: () => void;
  /** Absent where the evidence stands beside. */
  showEvidence?: (() => void) | undefined;
}) {
  const { opened, commands } = player.story;
  const me = useMe();
  const [killing, setKilling] = useState(false);
  const own = opened?.actor.id === me.id;
  const mayEnd = player.live && !player.story.closed && (own || can(me, "sessions.kill"));
  const api = useApi();
  const cast = useMutation({
    mutationFn: async () => save(await (await openAsciicast(api, session)).blob(), `${session}.cast`),
    onSuccess: () =>
      toast({
        verdict: "completed",
        title: "Exported as asciicast",
        message: "For any player. The evidence file is what verifies.",
      }),
    onError: (error) => {
      const { message, hint } = toUserError(error);
      toast({ verdict: "failed", title: message, message: hint });
    },
  });
  const letters = useCallback((event: KeyboardEvent) => {
    const single = event.key.length === 1 && event.key !== " ";
    return !isTyping(event) && !(single && lettersAreOff());
  }, []);
  return (
    <section className="session col" aria-label="Session" data-region tabIndex={-1}>
      <div className="bar head">
        <ActionIcon className="onlyback" aria-label="Back to the sessions found" onClick={back}>
          <IconChevronLeft size={20} aria-hidden />
        </ActionIcon>
        {opened === undefined ? (
          <b className="f12 el">{session}</b>
        ) : (
          <>
            <span className="nophone">
              <Avatar name={opened.actor.name} workload={opened.actor.kind === "workload"} large />
            </span>
            <div className="col">
              <h2 className="f12 el">
                {opened.actor.name} on {opened.target}
              </h2>
              <span className="f11 t3 el">
                {opened.kind === "ssh" ? "SSH · " : ""}
                <At time={opened.startedAt} />
                <span className="nophone"> · {plural(commands.length, "command")} · </span>
                <span className="mono nophone" title={session}>
                  {session.slice(-8)}
                </span>
              </span>
            </div>
          </>
        )}
        <span className="sp" />
        {player.live ? (
          <span className="chip t-go">
            <IconPointFilled size={14} aria-hidden />
            Live
          </span>
        ) : null}
        {checked?.verdict.ok === true ? <VerdictChip verdict="verified" /> : null}
        {mayEnd ? (
          <Button
            variant="outline"
            color="stop"
            leftSection={<IconPlayerStop size={14} aria-hidden />}
            onClick={() => setKilling(true)}
          >
            <span>
              {own ? "End" : "Kill"}
              <span className="nophone"> session</span>
            </span>
          </Button>
        ) : null}
        {showEvidence === undefined ? null : (
          <ActionIcon aria-label="Show evidence" onClick={showEvidence}>
            <IconLayoutSidebarRight size={16} aria-hidden />
          </ActionIcon>
        )}
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label="More about this session">
              <IconDots size={16} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {opened?.kind === "ssh" ? (
              <Menu.Item
                leftSection={<IconMovie size={14} aria-hidden />}
                disabled={cast.isPending}
                onClick={() => cast.mutate()}
              >
                Export as asciicast
              </Menu.Item>
            ) : null}
            <Menu.Item
              leftSection={<IconLink size={14} aria-hidden />}
              onClick={() =>
                void navigator.clipboard.writeText(`${window.location.origin}/audit?session=${session}`)
              }
            >
              Copy link to this session
            </Menu.Item>
            <Menu.Item onClick={() => void navigator.clipboard.writeText(session)}>Copy session id</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <PlayerView player={player} letters={letters} again={again} />
      {killing ? (
        <EndSession
          session={session}
          whose={own ? "your session" : `${opened?.actor.name ?? "this"}'s session`}
          target={opened?.target ?? ""}
          close={() => setKilling(false)}
        />
      ) : null}
    </section>
  );
}

function EndSession({
  session,
  whose,
  target,
  close,
}: {
  session: string;
  whose: string;
  target: string;
  close: () => void;
}) {
  const api = useApi();
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => closeSession(api, session),
    onSuccess: () => {
      toast({ verdict: "cancelled", title: "Session ended", message: `${whose} on ${target}` });
      void queries.invalidateQueries({ queryKey: ["recordings"] });
      close();
    },
  });
  const error = end.error === null ? undefined : toUserError(end.error);
  return (
    <Modal opened onClose={close} title={`End ${whose}`} size={420} centered>
      <p className="f12">
        What runs on <b>{target}</b> is cancelled there, and what waits for review is withdrawn. The recording
        stays.
      </p>
      <DialogEnd error={error} leave={close} word="Leave it open">
        <Button
          data-autofocus
          variant="filled"
          color="stop"
          loading={end.isPending}
          onClick={() => end.mutate()}
        >
          End it now
        </Button>
      </DialogEnd>
    </Modal>
  );
}

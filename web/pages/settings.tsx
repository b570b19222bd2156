import "./settings.css";
import {
  Button,
  SegmentedControl,
  Switch,
  useMantineColorScheme,
  type MantineColorScheme,
} from "@mantine/core";
import { IconKeyboard, IconLogout } from "@tabler/icons-react";
import { useState } from "react";
import { can, rightsOf, type Right } from "../../shared/can/can.ts";
import { usePortal } from "../api/portal.tsx";
import { openHelp } from "../frame/help.tsx";
import { lettersAreOff, setLettersOff } from "../frame/keys.ts";
import { turnNoticesOff, turnNoticesOn, useNotices, type Notices } from "../frame/notices.ts";
import { Page } from "../frame/page.tsx";
import { density, setDensity, type Density } from "../frame/density.ts";
import { Avatar, Tag } from "../ui/marks.tsx";
import { Facts } from "../ui/section.tsx";
import { LedgerKey } from "./ledger-key.tsx";

const schemes: readonly { value: MantineColorScheme; label: string }[] = [
  { value: "auto", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];
const densities: readonly { value: Density; label: string }[] = [
  { value: "compact", label: "Compact" },
  { value: "comfortable", label: "Comfortable" },
];

const rightWords: Record<Right, string> = {
  "reviews.vote": "decide held commands of your groups, never your own",
  "recordings.read": "search and replay every recording",
  "recordings.watch": "watch sessions while they run",
  "recordings.hold": "place and lift legal holds",
  "ledger.read": "read and export the ledger",
  "evidence.export": "export the evidence of a period",
  "evidence.read": "see whether the evidence is whole",
  "ledger.rotate": "put a new signing key in force",
  "sessions.kill": "end anybody's session",
  "policies.read": "read the policies",
  "policies.edit": "put policies in force",
  "policies.evaluate-for-others": "try commands as somebody else",
  "targets.edit": "connect and change targets",
  "classes.edit": "classify data",
  "actors.block": "take somebody's access back",
};

/** How the portal looks and listens in this browser, and who is signed in. */
export function Settings() {
  const { me, auth, config } = usePortal();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [letters, setLetters] = useState(() => !lettersAreOff());
  const [rows, setRows] = useState(density);
  return (
    <Page title="Settings" top={<h1>Settings</h1>} status={<span>Sluice {config.version}</span>}>
      <div className="settings">
        <section aria-label="Look">
          <h2>Look</h2>
          <Choice id="scheme" word="Theme">
            <SegmentedControl
              aria-labelledby="scheme"
              value={colorScheme}
              onChange={(value) =>
                setColorScheme(schemes.find((one) => one.value === value)?.value ?? "auto")
              }
              data={[...schemes]}
            />
          </Choice>
          <Choice id="density" word="Rows and controls">
            <SegmentedControl
              aria-labelledby="density"
              value={rows}
              onChange={(value) => {
                const next = value === "comfortable" ? "comfortable" : "compact";
                setDensity(next);
                setRows(next);
              }}
              data={[...densities]}
            />
          </Choice>
        </section>
        <section aria-label="Keys">
          <h2>Keys</h2>
          <Switch
            label="Single letters act outside fields"
            description="A approves, J goes to the next, G then W goes to work. Keys with Ctrl and Alt always act."
            checked={letters}
            onChange={(event) => {
              setLettersOff(!event.currentTarget.checked);
              setLetters(event.currentTarget.checked);
            }}
          />
          <Button leftSection={<IconKeyboard size={14} aria-hidden />} onClick={openHelp}>
            Show all keys
          </Button>
        </section>
        <section aria-label="Notifications">
          <h2>Notifications</h2>
          <NoticesSwitch />
        </section>
        <section aria-label="Who you are">
          <h2>Who you are</h2>
          <div className="row g8">
            <Avatar name={me.name} workload={me.kind === "workload"} large />
            <b>{me.name}</b>
          </div>
          <Facts
            pairs={[
              ["Id", <code key="id">{me.id}</code>],
              ["Groups", <Tags key="groups" words={me.groups} />],
              ["Roles", <Tags key="roles" words={me.roles} />],
              [
                "You may",
                <ul key="rights">
                  {rightsOf(me).map((right) => (
                    <li key={right}>{rightWords[right]}</li>
                  ))}
                  <li>open targets and run commands as policies say</li>
                </ul>,
              ],
            ]}
          />
          <Button leftSection={<IconLogout size={14} aria-hidden />} onClick={() => void auth.signOut()}>
            Sign out
          </Button>
        </section>
        {can(me, "ledger.rotate") ? <LedgerKey /> : null}
      </div>
    </Page>
  );
}

function NoticesSwitch() {
  const state = useNotices();
  const about: Record<Notices, string> = {
    on: "What you may decide, and how your own commands were decided: its title, never its text or data.",
    off: "What you may decide, and how your own commands were decided: its title, never its text or data.",
    refused: "This browser was told not to allow them here. Its settings for this page can change that.",
    impossible: "This browser does not offer them to a page.",
  };
  return (
    <Switch
      label="Tell me while I look elsewhere"
      description={about[state]}
      checked={state === "on"}
      disabled={state === "refused" || state === "impossible"}
      onChange={() => (state === "on" ? turnNoticesOff() : void turnNoticesOn())}
    />
  );
}

function Choice({ id, word, children }: { id: string; word: string; children: React.ReactNode }) {
  return (
    <div className="choice">
      <span id={id} className="f12 t2">
        {word}
      </span>
      {children}
    </div>
  );
}

function Tags({ words }: { words: readonly string[] }) {
  if (words.length === 0) return "none";
  return (
    <span className="row g4 wrap">
      {words.map((word) => (
        <Tag key={word}>{word}</Tag>
      ))}
    </span>
  );
}

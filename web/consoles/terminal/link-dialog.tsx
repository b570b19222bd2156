import { Button, Modal } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";
import { CommandBlock } from "../../ui/code.tsx";

/** A target printed this address: it is shown whole before it is opened, and opened without a way back to this page. */
export function LinkDialog({ address, close }: { address: string; close: () => void }) {
  const host = hostOf(address);
  const open = () => {
    window.open(address, "_blank", "noopener,noreferrer");
    close();
  };
  return (
    <Modal opened onClose={close} title="Open this address?" size={560}>
      <div className="col g12">
        <p className="f12">
          {host === undefined ? (
            "It is no web address, so it stays closed."
          ) : (
            <>
              The terminal shows a link to <b>{host}</b>. It opens in a tab of its own, outside Sluice.
            </>
          )}
        </p>
        <CommandBlock text={address} language="shell" tone="quiet" small label="Address" />
        <div className="row">
          <span className="sp" />
          <Button onClick={close} data-autofocus>
            Cancel
          </Button>
          <Button
            variant="filled"
            disabled={host === undefined}
            leftSection={<IconExternalLink size={14} aria-hidden />}
            onClick={open}
          >
            Open
          </Button>
        </div>
      </div>
    </Modal>
  );
}

/** The host of a web address, as the browser will read it; undefined for anything else. */
function hostOf(address: string): string | undefined {
  try {
    const { protocol, host } = new URL(address);
    return protocol === "https:" || protocol === "http:" ? host : undefined;
  } catch {
    return undefined;
  }
}

import { expect, test } from "vitest";
import { fingerprintOf } from "./target-form-keys.ts";

test("a fingerprint is what OpenSSH prints for the key", async () => {
  // ssh-keygen -lf of a key that was made for this test and thrown away.
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILtMX/EuUJilNoc+CoP/HwPh5gBOCpdSCPpK/X699ZLj";
  expect(await fingerprintOf(key)).toBe("SHA256:QfwC5sc/gT/RmUMomZ7KZ9uya+ccncJDB3WSd+e5nTw");
  expect(await fingerprintOf("ssh-ed25519 %%%")).toBe("");
});

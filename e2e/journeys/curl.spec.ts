import { spawnSync } from "node:child_process";
import { expect, test } from "../targets/fixtures.ts";

/** The story as somebody types it: curl, a shell and Node.js to read JSON with, nothing of ours. */
const script = String.raw`
set -eu
json() { node -pe "JSON.parse(require('fs').readFileSync(0, 'utf8')).$1"; }
token() {
  curl -s "$SLUICE/oidc/token" -d grant_type=client_credentials -d client_id="$1" -d client_secret=demo -d scope=sluice | json access_token
}
as() { who="$1"; shift; curl -s -H "Authorization: Bearer $who" -H 'Content-Type: application/json' "$@"; }

curl -s "$SLUICE/api/config" | json issuer
MARA=$(token demo-engineer)
TOMAS=$(token demo-reviewer)
SESSION=$(as "$MARA" "$SLUICE/api/sessions" -d '{"target": "shop", "reason": "INC-2291"}' | json id)
commands="$SLUICE/api/sessions/$SESSION/commands"

as "$MARA" "$commands" -d '{"sql": "SELECT email, card_number FROM customers ORDER BY id LIMIT 1"}' | json 'result.rows.join()'
as "$MARA" "$commands" -d '{"sql": "DELETE FROM orders"}' | json 'decision.policies.join()'
as "$MARA" "$commands" -d '{"sql": "DELETE FROM orders"}' -o /dev/null -w '%{http_code} %{content_type}\n'

HELD=$(as "$MARA" "$commands" -H 'Idempotency-Key: repair-1' -H 'Prefer: wait=30' -d '{"sql": "UPDATE orders SET note = $1 WHERE id = 41", "parameters": ["repaired"]}')
COMMAND=$(echo "$HELD" | json id)
REVIEW=$(echo "$HELD" | json review.id)
echo "$HELD" | json state
HASH=$(as "$TOMAS" "$SLUICE/api/reviews/$REVIEW" | json sha256)
as "$TOMAS" "$SLUICE/api/reviews/$REVIEW/votes" -d "{\"verdict\": \"approve\", \"sha256\": \"$HASH\"}" | json state
as "$MARA" "$SLUICE/api/commands/$COMMAND?waitSeconds=30" > /dev/null
DONE=$(as "$MARA" "$SLUICE/api/commands/$COMMAND?waitSeconds=10")
echo "$DONE" | json state
echo "$DONE" | json result.rowCount
as "$MARA" -X DELETE "$SLUICE/api/sessions/$SESSION" -o /dev/null -w '%{http_code}\n'
`;

test("the story runs with curl", async ({ gateway }) => {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"], SLUICE: gateway.url },
  });
  expect(status, stderr).toBe(0);
  expect(stdout.trim().split("\n")).toEqual([
    `${gateway.url}/oidc`,
    expect.stringMatching(/^•+@[\w.-]+,•+\d{4}$/),
    "no-unbounded-writes",
    expect.stringMatching(/^403 application\/problem\+json/),
    "held",
    "approved",
    "completed",
    "1",
    "204",
  ]);
});

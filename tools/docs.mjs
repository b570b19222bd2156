// `node tools/docs.mjs`: writes the generated parts of docs/ anew. `--check` writes nothing, and fails where a part is
// stale or a document says what does not hold: a test or a link that is not there, a policy that does not compile, a
// dependency without a line.
import { register } from "tsx/esm/api";

register();
const { main } = await import("./docs/main.ts");
process.exitCode = await main(process.argv.slice(2));

import { gatewayClient } from "nexus/client";

// What the treasury is worth, and then every decision about it until as many came as were asked for.
const [url = "http://127.0.0.1:8600", wanted = "10"] = process.argv.slice(2);
const client = gatewayClient({ url });

const overview = await client.document("overview");
if (overview.kind === "unreachable") throw new Error(`no gateway at ${url}: ${overview.why}`);
if (overview.kind === "refused") throw new Error(overview.problem?.detail ?? `it answers ${overview.status}`);
const { asOf, value } = overview.document;
process.stdout.write(`block ${asOf.block}: ${JSON.stringify(value)}\n`);

let left = Number(wanted);
const stream = client.follow([], {
  onDecision: ({ state, sentence, votes }) => {
    process.stdout.write(`${state.code}: ${sentence} (${votes.length} votes)\n`);
    left -= 1;
    if (left === 0) stream.close();
  },
  onGap: () => process.stdout.write("some decisions were missed: read /v1/proposals\n"),
});

import { HOLDER_ROUTE } from "../schema/holders.ts";
import { EXPLAIN_ROUTE, PROPOSAL_ROUTE, ROUTES } from "../schema/routes.ts";
import { TOPICS } from "../stream/topics.ts";
import { PROBLEM_CODES } from "./problems.ts";

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const row = (path: string, summary: string): string => {
  const shown = path.includes(":")
    ? `<code>${escaped(path)}</code>`
    : `<a href="${escaped(path)}"><code>${escaped(path)}</code></a>`;
  return `<tr><td>GET ${shown}</td><td>${escaped(summary)}</td></tr>`;
};

/** A page about the interface without a script: each route is a link to try, each problem has its meaning. */
export const docsPage = (): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>NEXUS gateway</title></head><body><main><h1>NEXUS gateway</h1>
<p>Nothing here signs or sends. The machine-readable description is <a href="/openapi.json"><code>/openapi.json</code></a>
(OpenAPI 3.1). Amounts are decimal strings of smallest units beside their decimals; every answer names the block that it is
true at.</p>
<h2>Routes</h2><table><tbody>
${Object.values(ROUTES)
  .map(({ path, summary }) => row(path, summary))
  .join("\n")}
${row(PROPOSAL_ROUTE.path, PROPOSAL_ROUTE.summary)}
${row(HOLDER_ROUTE.path, HOLDER_ROUTE.summary)}
${row(`${EXPLAIN_ROUTE.path}?revert=0x…`, EXPLAIN_ROUTE.summary)}
</tbody></table>
<h2>Stream</h2><p>WebSocket at <code>/v1/stream</code>, described in <a href="/asyncapi.json"><code>/asyncapi.json</code></a> (AsyncAPI 3.0). Say <code>{"kind":"subscribe","topics":["overview"]}</code>; topics are
${TOPICS.map((topic) => `<code>${topic}</code>`).join(", ")}. All but <code>decisions</code> carry the document of the route
of their name. To hear every decision, at first and after a cut, say <code>{"kind":"resume","topic":"decisions","epoch":…,"after":…}</code> with what the welcome
or the last message said: nothing is told twice, and a gap is told as one.</p>
<h2>Problems</h2><table><tbody>
${Object.entries(PROBLEM_CODES)
  .map(([code, meaning]) => `<tr id="${code}"><td><code>${code}</code></td><td>${escaped(meaning)}</td></tr>`)
  .join("\n")}
</tbody></table></main></body></html>
`;

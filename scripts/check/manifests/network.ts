import { z } from "zod";
import { titleOf } from "./read.ts";
import { type ObjectRule, type Rendered } from "./objects.ts";
import { type Workload, selects } from "./workload.ts";

const expression = z.looseObject({ key: z.string(), operator: z.string(), values: z.array(z.string()).default([]) });
const selector = z.looseObject({
  matchLabels: z.record(z.string(), z.string()).default({}),
  matchExpressions: z.array(expression).default([]),
});
type Selector = z.infer<typeof selector>;

const peer = z.looseObject({
  ipBlock: z.looseObject({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});
const way = z.looseObject({
  from: z.array(peer).optional(),
  to: z.array(peer).optional(),
  ports: z.array(z.unknown()).default([]),
});
const policy = z.looseObject({
  podSelector: selector,
  policyTypes: z.array(z.string()).default([]),
  ingress: z.array(way).default([]),
  egress: z.array(way).default([]),
});

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"];
/** The operator of Postgres keeps its state in the cluster's API, whose address no policy can name. */
const MAY_SEND_ANYWHERE: ReadonlySet<string> = new Set(["NetworkPolicy postgres"]);

const isSelected = ({ matchLabels, matchExpressions }: Selector, labels: Readonly<Record<string, string>>): boolean =>
  selects(matchLabels, labels) &&
  matchExpressions.every(({ key, operator, values }) => operator === "In" && values.includes(labels[key] ?? ""));

const isEverything = ({ matchLabels, matchExpressions }: Selector): boolean =>
  Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;

const policiesIn = ({ manifests }: Rendered) =>
  manifests
    .filter(({ kind }) => kind === "NetworkPolicy")
    .map((one) => ({ title: titleOf(one), ...policy.parse(one["spec"]) }));
type Policy = ReturnType<typeof policiesIn>[number];

const denies = ({ podSelector, policyTypes, ingress, egress }: Policy): boolean =>
  isEverything(podSelector) && policyTypes.length === 2 && ingress.length === 0 && egress.length === 0;

const isOpen = (peers: z.infer<typeof way>["to"]): boolean =>
  peers === undefined || peers.length === 0 || peers.some((one) => Object.keys(one).length === 0);

const openWays = ({ title, ingress, egress }: Policy): readonly string[] => [
  ...(ingress.some(({ from }) => isOpen(from)) ? [`${title} lets anybody in`] : []),
  ...(egress.some(({ to }) => isOpen(to)) && !MAY_SEND_ANYWHERE.has(title)
    ? [`${title} lets its pods send anywhere`]
    : []),
  ...([...ingress, ...egress].some(({ ports }) => ports.length === 0) ? [`${title} opens every port`] : []),
];

/** Whoever may reach the outside must not reach the cluster's own network by it, nor the machine's metadata. */
const outsideFaults = ({ title, egress }: Policy): readonly string[] =>
  egress
    .flatMap(({ to = [] }) => to)
    .flatMap(({ ipBlock }) => (ipBlock?.cidr === "0.0.0.0/0" ? [ipBlock.except] : []))
    .flatMap((except) => PRIVATE.filter((range) => !except.includes(range)).map((range) => `${title} opens ${range}`));

const hasWay = (policies: readonly Policy[], { podLabels }: Workload): boolean =>
  policies.some((one) => !isEverything(one.podSelector) && isSelected(one.podSelector, podLabels));

/** Who may reach whom. */
export const NETWORK_RULES: readonly ObjectRule[] = [
  { id: "deny", of: (rendered) => (policiesIn(rendered).some(denies) ? [] : ["nothing denies what no policy names"]) },
  { id: "open-way", of: (rendered) => policiesIn(rendered).flatMap(openWays) },
  { id: "outside", of: (rendered) => policiesIn(rendered).flatMap(outsideFaults) },
  {
    id: "no-way",
    of: (rendered) =>
      rendered.workloads
        .filter((one) => !hasWay(policiesIn(rendered), one))
        .map(({ title }) => `${title} can reach nothing and nobody: no policy names its pods`),
  },
];

import { createHash } from "node:crypto";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import type { Files } from "../repository.ts";

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
});

/** One object of Kubernetes, as a file has it. */
export type KubeObject = z.infer<typeof manifest>;

/** Every object of a file. @throws Error for what is no YAML or no object of Kubernetes */
export const readManifests = (text: string): readonly KubeObject[] =>
  parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return manifest.parse(document.toJS());
  });

/** What an object is called in findings. */
export const titleOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;

const SOURCES = /^deployments\/kubernetes\/(?:base|components|overlays)\//;
const HEADER = /^# Rendered from sources with the SHA-256 ([0-9a-f]{64})/;
export const RENDERED = /^deployments\/kubernetes\/rendered\/([a-z-]+)\.yaml$/;

/** One hash of all that an overlay may be rendered from. */
export const sourcesHash = (files: Files): string => {
  const hash = createHash("sha256");
  for (const [path, text] of [...files].filter(([name]) => SOURCES.test(name)).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${text.length}\0${text}\0`);
  }
  return hash.digest("hex");
};

/** The first lines of a rendered file. */
export const headerOf = (hash: string): string =>
  `# Rendered from sources with the SHA-256 ${hash}\n# by kubectl kustomize: npm run manifests writes it again.\n`;

/** Whether a rendered file is as new as the sources. */
export const isFresh = (text: string, hash: string): boolean => HEADER.exec(text)?.[1] === hash;

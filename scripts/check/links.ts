import { existsSync } from "node:fs";
import { posix } from "node:path";
import { type Files, matching } from "./repository.ts";

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const FENCE = /^```[\s\S]*?^```/gm;

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");

const anchorsIn = (text: string): ReadonlySet<string> =>
  new Set([...text.replaceAll(FENCE, "").matchAll(/^#{1,6}\s+(.+)$/gm)].map((found) => anchorOf(found[1] ?? "")));

type Link = { readonly path: string; readonly link: string };

/** What is wrong with one link, in words; undefined when it leads somewhere. */
const faultOf = ({ path, link }: Link, files: Files, exists: (path: string) => boolean): string | undefined => {
  const [target = "", anchor] = link.split("#");
  if (/^[a-z]+:/.test(target)) return undefined;
  const file = target === "" ? path : posix.normalize(posix.join(posix.dirname(path), target));
  if (!files.has(file) && !exists(file)) return `${link} leads nowhere`;
  if (anchor === undefined || anchorsIn(files.get(file) ?? "").has(anchor)) return undefined;
  return `${file} has no heading #${anchor}`;
};

/**
 * Links of Markdown files that lead nowhere in the repository. Links to the web are not followed.
 * @param exists whether a path from the root leads to a file or a folder
 */
export const linkFindings = (files: Files, exists: (path: string) => boolean = existsSync): readonly string[] =>
  matching(files, /\.md$/).flatMap(([path, text]) =>
    [...text.replaceAll(FENCE, "").matchAll(LINK)].flatMap((found) => {
      const fault = faultOf({ path, link: found[1] ?? "" }, files, exists);
      return fault === undefined ? [] : [`${path}: ${fault}`];
    }),
  );

import { type Files, matching } from "./repository.ts";

type TextRule = { readonly in: RegExp; readonly pattern: RegExp; readonly why: string };

const ANYWHERE = /./;
const TYPESCRIPT = /^(?:keepers|scripts|deployments)\/.*\.ts$/;
const CODE = /\.(?:ts|mjs|sol)$/;
/** Whatever prints what comes from outside. Tools of this repository print their own findings, the set-up runs without a package. */
const PRINTING =
  /^(?:keepers|deployments|scripts)\/(?!lib\/output\.ts$|(?:bench|check|prove|setup)\/|(?:package\.ts|setup\.mjs|nexus\.mjs)$)/;

/**
 * `Math.pow` and `**` on numbers, outside comments: their last bits differ between engines, and a decision could not be replayed.
 * Powers of bigints are exact, and so is two to a whole constant.
 */
const UNSTABLE_POWER =
  /^(?!\s*(?:\/\*|\*|\/\/))(?:.*\bMath\.pow\b|.*(?<!\/)(?<!\b\d+n )\*\*=? (?!(?<=\b2 \*\* )(?:\d+|[A-Z_]{3,})\b(?!\.)))/;

/** What must not stand in a line. A pattern never matches its own source here. */
const RULES: readonly TextRule[] = [
  { in: ANYWHERE, pattern: /\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b/, why: "a note to oneself: open an issue, or do it" },
  {
    in: ANYWHERE,
    pattern: /(?:^|[\s"'`(=:])\/(?:home|Users|root|work|workspaces?|builds)\/[\w.-]+/,
    why: "a path of one machine",
  },
  {
    in: ANYWHERE,
    pattern: /\bregistry\.(?:npmjs|yarnpkg|npmmirror)\b|"resolved":\s*"https?:/,
    why: "a registry's host",
  },
  {
    in: CODE,
    pattern: /\b(?:describe|context|it)\.(?:skip|only)\b|\bx(?:it|describe)\(|\bvm\.skip\(/,
    why: "a test left out",
  },
  {
    in: TYPESCRIPT,
    pattern: /^\s*(?:export\s+)?(?:const\s+)?(?:enum|namespace)\s+\w/,
    why: "use a union of literals, or a file",
  },
  {
    in: TYPESCRIPT,
    pattern: /^\s*(?:export\s+)?(?:abstract\s+)?class\s+\w+(?!\w*(?:<[^>]*>)?\s+extends\s+\w*(?:Error|Connector)\b)\b/,
    why: "functions, not classes; only errors are classes, and what ioredis connects by",
  },
  {
    in: PRINTING,
    pattern:
      /\bprocess\.std(?:out|err)\b|\bconsole\.\w|\bimport\b.*\bstd(?:out|err)\b.*"node:process"|\bwriteSync\([12],/,
    why: "print by scripts/lib/output.ts, which keeps text from outside from ruling the terminal",
  },
  {
    in: /^keepers\/.*\.ts$/,
    pattern: UNSTABLE_POWER,
    why: "a power of floats has other bits in other engines: multiply, or use bigints or exp and log",
  },
  {
    in: CODE,
    pattern: /\b(?:oxlint|eslint|solhint)-disable(?!.* -- \S)/,
    why: "a rule switched off without a reason (-- why)",
  },
];

const PRAGMA = /^pragma solidity ([^;]+);/m;
/** Deployed code is compiled by exactly one compiler; what others may import is open to newer ones. */
const OPEN_TO_NEWER = /^contracts\/(?:abstracts|interfaces|libraries|types)\//;

const pragmaFindings = (files: Files): readonly string[] =>
  matching(files, /^contracts\/.*\.sol$/).flatMap(([path, text]) => {
    const version = PRAGMA.exec(text)?.[1] ?? "";
    const isExact = /^\d+\.\d+\.\d+$/.test(version);
    const wantsExact = !OPEN_TO_NEWER.test(path);
    if (isExact === wantsExact && version !== "") return [];
    return [`${path}: the compiler's version must be ${wantsExact ? "exact" : "open (^)"}, not “${version}”`];
  });

/** Words and forms that this repository does without. */
export const textFindings = (files: Files): readonly string[] => [
  ...[...files].flatMap(([path, text]) =>
    RULES.filter((rule) => rule.in.test(path)).flatMap(({ pattern, why }) =>
      text
        .split("\n")
        .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${why}: ${line.trim().slice(0, 80)}`] : [])),
    ),
  ),
  ...pragmaFindings(files),
];

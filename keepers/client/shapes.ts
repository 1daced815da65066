import type { Problem } from "../gateway/schema/common.ts";
import type { ProposalDocument, ProposalSummary } from "../gateway/schema/proposals.ts";
import type { Documents } from "../gateway/schema/routes.ts";

/*
 * What an answer must have so that a program that trusts its type does not fail at once. The gateway's own tests hold its answers
 * to the whole schemas; a proxy, or a server of something else, is found out here, and a browser loads no parser for it.
 */

type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A number that counts something: whole, exact, and not below zero. */
export const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

const isDated = (value: Fields): boolean => isFields(value["asOf"]) && isCount(value["asOf"]["block"]);

export const isProblem = (value: unknown): value is Problem =>
  isFields(value) && typeof value["code"] === "string" && typeof value["detail"] === "string";

export const isSummary = (value: unknown): value is ProposalSummary =>
  isFields(value) &&
  typeof value["id"] === "string" &&
  typeof value["sentence"] === "string" &&
  isFields(value["state"]) &&
  Array.isArray(value["votes"]);

export const isProposal = (value: unknown): value is ProposalDocument =>
  isSummary(value) && "calls" in value && Array.isArray(value.calls);

export const isPage = (value: unknown): value is Documents["proposals"] =>
  isFields(value) &&
  Array.isArray(value["items"]) &&
  value["items"].every(isSummary) &&
  (value["next"] === null || typeof value["next"] === "string");

/** Whether something is the document of a route: all but what says which gateway this is name the block that they are true at. */
export const isDocument = <Name extends Exclude<keyof Documents, "proposals">>(
  value: unknown,
  name: Name,
): value is Documents[Name] => isFields(value) && (name === "meta" ? isFields(value["deployment"]) : isDated(value));

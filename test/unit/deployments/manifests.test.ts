import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { z } from "zod";
import {
  RULE_IDS,
  manifestFindings,
  renderingFindings,
  ruleFindings,
} from "../../../scripts/check/manifests/findings.ts";
import { type KubeObject, readManifests, sourcesHash } from "../../../scripts/check/manifests/read.ts";
import { schemaFindings } from "../../../scripts/check/manifests/schemas.ts";
import { type Files, readRepository } from "../../../scripts/check/repository.ts";
import { type PlantedFault, PLANTED, PLANTED_IN_SCHEMAS } from "../../support/plantedManifests.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const textOf = (overlay: string): string =>
  readFileSync(new URL(`../../../deployments/kubernetes/rendered/${overlay}.yaml`, import.meta.url), "utf8");

const rendered = readManifests(textOf("sei-mainnet"));

/** What an overlay renders, with one fault planted. */
const planted = ({ in: title, plant }: PlantedFault): readonly KubeObject[] => {
  const manifests = structuredClone(rendered);
  const found = manifests.find(({ kind, metadata }) => `${kind} ${metadata.name}` === title);
  if (found === undefined) throw new Error(`there is no ${title}`);
  const result = plant(found, manifests);
  return result ?? manifests;
};

describe("The manifests of Kubernetes", () => {
  let files: Files;
  before(() => {
    files = readRepository(ROOT);
  });

  it("[NX-DEP-03] hold what a cluster would take, as it is published, and our own rules, in every overlay", async () => {
    expect(await manifestFindings(files)).to.deep.equal([]);
    for (const overlay of ["local", "sei-testnet", "sei-mainnet"]) {
      expect(readManifests(textOf(overlay)).length, overlay).to.be.above(30);
    }
  });

  for (const fault of PLANTED) {
    it(`[NX-DEP-03] are refused by the rule ${fault.rule}: ${fault.what}`, () => {
      const rules = new Set(ruleFindings(planted(fault)).map((finding) => finding.split(":")[0]));
      expect([...rules], ruleFindings(planted(fault)).join("\n")).to.include(fault.rule);
    });
  }

  it("[NX-DEP-03] have a planted fault for each rule", () => {
    const covered = new Set(PLANTED.map(({ rule }) => rule));
    expect(RULE_IDS.filter((id) => !covered.has(id))).to.deep.equal([]);
    expect(new Set(RULE_IDS).size).to.equal(RULE_IDS.length);
  });

  for (const fault of PLANTED_IN_SCHEMAS) {
    it(`[NX-DEP-03] are refused by the published schema: ${fault.what}`, () => {
      expect(planted(fault).flatMap(schemaFindings)).to.have.length(1);
    });
  }

  it("[NX-DEP-03] must be rendered again once a source has changed", () => {
    expect(renderingFindings(files)).to.deep.equal([]);
    const path = "deployments/kubernetes/components/redis-sentinel/redis.conf";
    const changed = new Map([...files, [path, `${files.get(path) ?? ""}\n`]]);
    expect(sourcesHash(changed)).not.to.equal(sourcesHash(files));
    expect(renderingFindings(changed)).to.have.length(3);
    const lacking = new Map([...files].filter(([name]) => !name.endsWith("rendered/local.yaml")));
    expect(renderingFindings(lacking)).to.deep.equal(["the overlay local must be rendered again: npm run manifests"]);
  });

  it("[NX-DEP-03] let nothing but the API's address be left to the cluster: what an operator makes by hand is documented", () => {
    const text = files.get("deployments/kubernetes/README.md") ?? "";
    for (const name of ["nexus-book", "nexus-sender", "nexus-voter", "nexus-watcher", "nexus-scanner", "redis"]) {
      expect(text).to.contain(`\`${name}\``);
    }
  });

  it("[NX-DEP-03] give a secret of files alone to the bus's Redis, in the address that agents are configured by", () => {
    const parsed = z.looseObject({ data: z.record(z.string(), z.string()) });
    const config = readManifests(textOf("local")).find(({ metadata }) => metadata.name.startsWith("redis-config"));
    const { data } = parsed.parse(config);
    expect(Object.values(data).join("\n")).not.to.match(/^(?:requirepass|masterauth|sentinel auth-pass)\b/m);
    expect(data["redis.conf"]).to.match(/^include \/run\/secrets\/redis\/redis\.conf$/m);
  });
});

import { expect } from "chai";
import { type Manifest, bundleFindingsFor } from "../../../../scripts/check/bundle.ts";

const chunk = (file: string, more: Partial<Manifest[string]> = {}): Manifest[string] => ({
  file,
  imports: [],
  css: [],
  ...more,
});

const manifest: Manifest = {
  "index.html": chunk("main.js", { isEntry: true, imports: ["_shared"], css: ["look.css"] }),
  _shared: chunk("shared.js"),
  "src/pages/overview/page.tsx": chunk("overview.js", { imports: ["_shared", "_figures"] }),
  _figures: chunk("figures.js"),
  "src/pages/system/page.tsx": chunk("system.js", { imports: ["_figures", "_table"] }),
  _table: chunk("table.js"),
};

const findings = (sizes: Readonly<Record<string, number>>): readonly string[] =>
  bundleFindingsFor(manifest, (file) => sizes[file] ?? 1_000);

describe("The budget of the dashboard", () => {
  it("holds for small pages", () => expect(findings({})).to.deep.equal([]));

  it("counts everything that the first page needs, each file once", () => {
    const sizes = { "main.js": 11_000, "shared.js": 12_000, "overview.js": 11_000, "figures.js": 11_000 };
    expect(findings(sizes)).to.deep.equal([]);
    expect(findings({ ...sizes, "figures.js": 11_001 })).to.have.length(1);
  });

  it("counts for a later page what the first has not brought", () => {
    expect(findings({ "system.js": 20_000, "table.js": 15_000, "figures.js": 30_000 })).to.deep.equal([]);
    expect(findings({ "system.js": 20_000, "table.js": 15_001 })).to.deep.equal([
      "src/pages/system/page.tsx loads 35001 bytes more, 35000 are the most",
    ]);
  });

  it("counts style by itself, and misses a build without its first page", () => {
    expect(findings({ "look.css": 10_001 })).to.deep.equal(["the style has 10001 bytes, 10000 are the most"]);
    expect(bundleFindingsFor({}, () => 0)).to.deep.equal(["the dashboard's build has no first page"]);
  });
});

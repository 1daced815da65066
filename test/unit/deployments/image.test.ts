import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { librariesIn } from "../../../scripts/images/files.ts";
import { listingFindings } from "../../../scripts/images/listing.ts";
import { packagesIn } from "../../../scripts/images/program.ts";
import { seal, sealFault, statementOf } from "../../../scripts/images/provenance.ts";
import { readLock, sbomOf } from "../../../scripts/images/sbom.ts";

const IMAGE = "ab".repeat(32);
const FILE = { path: "/app/dist/cli/main.js", bytes: 1, mode: 0o644 };

const statement = statementOf({
  image: IMAGE,
  version: "1.2.3",
  commit: "c".repeat(40),
  isDirty: false,
  lock: "d".repeat(64),
  sbom: "e".repeat(64),
  builder: "test",
});

describe("The image", () => {
  it("[NX-DEP-01] begins with nothing, runs without root and starts without a shell", () => {
    const text = readFileSync(new URL("../../../deployments/images/Containerfile", import.meta.url), "utf8");
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines[0]).to.equal("FROM scratch");
    const [uid = 0, gid = 0] = (/^USER (\d+:\d+)$/m.exec(text)?.[1] ?? "").split(":").map(Number);
    expect(Math.min(uid, gid)).to.be.at.least(10_000);
    expect(text).to.match(/^ENTRYPOINT \[/m);
    expect(lines.filter((line) => /^(?:RUN|ADD|SHELL|VOLUME)\b/.test(line))).to.deep.equal([]);
  });

  it("[NX-DEP-01] is refused where it holds a shell, a package manager, a compiler, sources, tests, secrets or rights", () => {
    const planted = [
      { ...FILE, path: "/bin/sh" },
      { ...FILE, path: "/usr/bin/busybox" },
      { ...FILE, path: "/usr/bin/npm" },
      { ...FILE, path: "/usr/bin/apt-get" },
      { ...FILE, path: "/usr/bin/gcc" },
      { ...FILE, path: "/app/.git/HEAD" },
      { ...FILE, path: "/app/dist/cli/main.js.map" },
      { ...FILE, path: "/app/node_modules/secp256k1/test/a.js" },
      { ...FILE, path: "/app/operator.key" },
      { ...FILE, path: "/app/.env" },
      { ...FILE, path: "/usr/bin/node", mode: 0o4755 },
      { ...FILE, path: "/app/package.json", mode: 0o666 },
    ];
    for (const file of planted) expect(listingFindings([file]), file.path).to.have.length(1);
    expect(listingFindings([FILE, { path: "/usr/bin/node", bytes: 1, mode: 0o755 }])).to.deep.equal([]);
  });

  it("finds the libraries of a program by the paths at which it looks for them", () => {
    const output = [
      "\tlinux-vdso.so.1 (0x00007ffc8a5f2000)",
      "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f0a)",
      "\t/lib64/ld-linux-x86-64.so.2 (0x00007f0b)",
      "\tlibgone.so => not found",
    ].join("\n");
    expect(librariesIn(output)).to.deep.equal(["/lib/x86_64-linux-gnu/libm.so.6", "/lib64/ld-linux-x86-64.so.2"]);
  });

  it("names every bundled package once, the inner one where two are nested", () => {
    const inputs = [
      "keepers/main.ts",
      "node_modules/zod/index.js",
      "node_modules/zod/v4/core.js",
      "node_modules/@fastify/static/index.js",
      "node_modules/a/node_modules/b/index.js",
    ];
    const folders = ["node_modules/@fastify/static", "node_modules/a/node_modules/b", "node_modules/zod"];
    expect(packagesIn(inputs)).to.deep.equal(folders);
  });

  it("[NX-DEP-02] lists what it is made of with the hash of each part, and refuses what has none", () => {
    const lock = readLock(
      JSON.stringify({
        packages: {
          "node_modules/@fastify/static": { version: "1.0.0", integrity: "sha512-AAEC", license: "MIT" },
          "node_modules/loose": { version: "1.0.0" },
        },
      }),
    );
    const files = [{ path: "/usr/bin/node", sha256: "ff" }];
    const of = (...packages: readonly string[]) => sbomOf({ version: "1.2.3", lock, packages, files });
    const { components, serialNumber } = of("node_modules/@fastify/static");
    expect(components[0]).to.deep.include({
      purl: "pkg:npm/%40fastify/static@1.0.0",
      hashes: [{ alg: "SHA-512", content: "000102" }],
    });
    expect(components[1]).to.deep.include({ name: "/usr/bin/node", hashes: [{ alg: "SHA-256", content: "ff" }] });
    expect(of("node_modules/@fastify/static").serialNumber).to.equal(serialNumber);
    expect(of().serialNumber).not.to.equal(serialNumber);
    expect(() => of("node_modules/loose")).to.throw("has no sha512");
    expect(() => of("node_modules/unknown")).to.throw("is not in package-lock.json");
  });

  it("[NX-DEP-02] bears a statement that fails with any changed byte, another key or another image", () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const sealed = seal(statement, privateKey);
    expect(sealFault(sealed, publicKey, IMAGE)).to.equal(undefined);
    const bytes = Buffer.from(sealed.payload, "base64");
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const fault = sealFault({ ...sealed, payload: changed.toString("base64") }, publicKey, IMAGE);
      expect(fault, `byte ${at}`).to.equal("it is not signed by this key");
    }
    expect(sealFault(sealed, generateKeyPairSync("ed25519").publicKey, IMAGE)).to.equal("it is not signed by this key");
    expect(sealFault(sealed, publicKey, "cd".repeat(32))).to.match(/another image/);
    expect(sealFault({ ...sealed, payloadType: "text/plain" }, publicKey, IMAGE)).to.equal("it is no signed statement");
  });
});

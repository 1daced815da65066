import { createHash } from "node:crypto";
import { z } from "zod";

const lock = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({ version: z.string().optional(), integrity: z.string().optional(), license: z.string().optional() }),
  ),
});
export type PackageLock = z.infer<typeof lock>;

/** @throws ZodError when it is no lock file of npm */
export const readLock = (text: string): PackageLock => lock.parse(JSON.parse(text));

/** A file of the image that came from no package of npm. */
export type LooseFile = { readonly path: string; readonly sha256: string };

export type SbomOptions = {
  readonly version: string;
  readonly lock: PackageLock;
  /** Folders of packages, as paths from the root of the repository. */
  readonly packages: readonly string[];
  readonly files: readonly LooseFile[];
};

const nameOf = (folder: string): string => folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);

/** The hash of a package's archive, as the lock file has it: `sha512-` and base64. */
const hashOf = (integrity: string | undefined, folder: string) => {
  const base64 = /^sha512-(\S+)$/.exec(integrity ?? "")?.[1];
  if (base64 === undefined) throw new Error(`${folder} has no sha512 in package-lock.json: install it from a registry`);
  return { alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") };
};

const componentOf = (folder: string, { packages }: PackageLock) => {
  const entry = packages[folder];
  if (entry?.version === undefined) throw new Error(`${folder} is bundled, and is not in package-lock.json`);
  const [name, { version, license }] = [nameOf(folder), entry];
  return {
    type: "library",
    "bom-ref": `${name}@${version}`,
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    hashes: [hashOf(entry.integrity, folder)],
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
  };
};

const fileComponent = ({ path, sha256 }: LooseFile) => ({
  type: "file",
  "bom-ref": path,
  name: path,
  hashes: [{ alg: "SHA-256", content: sha256 }],
});

/** A UUID that follows from what is in the image: the same image has the same document. */
const serialOf = (text: string): string => {
  const hex = createHash("sha256").update(text).digest("hex");
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/**
 * What an image is made of, as CycloneDX 1.5: every package that went into the bundle, with the hash of its archive, and Node with its
 * libraries by the hashes of their files.
 * @throws Error for a package without a version or a hash in the lock file
 */
export const sbomOf = ({ version, lock: locked, packages, files }: SbomOptions) => {
  const found = new Map(packages.map((folder) => componentOf(folder, locked)).map((one) => [one["bom-ref"], one]));
  const components = [...found.values(), ...files.map(fileComponent)];
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    serialNumber: serialOf(JSON.stringify(components)),
    version: 1,
    metadata: { component: { type: "container", "bom-ref": `nexus@${version}`, name: "nexus", version } },
    components,
  };
};

import { mkdtempSync, readFileSync, symlinkSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { UsageError } from "../../../scripts/lib/command.ts";
import { openLogFile } from "../../../scripts/lib/logFile.ts";
import { removeFolder } from "../../../scripts/lib/removeFolder.ts";

/** Every write to it fails as on a disk that is full. */
const FULL = "/dev/full";

describe("A log in a file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "nexus-log-"));
  });
  afterEach(() => removeFolder(folder));

  it("loses entries on a full disk, says so once, throws nothing, and takes up after it [NX-FAC-03]", () => {
    const path = join(folder, "log.jsonl");
    const troubles: string[] = [];
    symlinkSync(FULL, path);
    const add = openLogFile(path, (what) => void troubles.push(what));
    add('{"n":1}\n');
    add('{"n":2}\n');
    unlinkSync(path);
    add('{"n":3}\n');
    add('{"n":4}\n');
    expect(troubles).to.have.length(1);
    expect(troubles[0]).to.include("ENOSPC");
    expect(readFileSync(path, "utf8")).to.equal('\n{"n":3}\n{"n":4}\n');
  });

  it("is refused by name where it cannot be", () => {
    const open = () => openLogFile(join(folder, "none", "log.jsonl"), () => undefined);
    expect(open).to.throw(UsageError, "the log cannot be written: ENOENT");
  });
});

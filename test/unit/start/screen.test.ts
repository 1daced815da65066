import { spawnSync } from "node:child_process";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { sizeOf } from "../../../scripts/start/display.ts";
import { openScreen } from "../../../scripts/start/screen.ts";

const terminalInto = (written: string[]) => ({
  write: (text: string) => void written.push(text),
  writeNow: (text: string) => void written.push(text),
});

const BACK = "\u001b[?25h\u001b[?1049l";

/** A process that opens a screen and then ends in some way; what it printed. */
const endedBy = (end: string): string => {
  const program = `
    import { terminal } from "./scripts/lib/output.ts";
    import { openScreen } from "./scripts/start/screen.ts";
    openScreen(terminal()).draw(() => ["a line"]);
    setTimeout(() => { ${end} }, 50);
    setInterval(() => {}, 1_000);
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ["--import=tsx", "--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  return stdout + stderr;
};

describe("the screen", () => {
  for (const end of ["process.exit(3)", 'throw new Error("out of the blue")', 'Promise.reject(new Error("x"))']) {
    it(`gives the terminal back to a process that ends by ${end} [NX-FAC-04]`, () => {
      expect(endedBy(end)).to.include("\u001b[?1049h").and.to.include(BACK);
    });
  }

  it("is drawn in its usual size on a terminal that does not know its own", () => {
    expect(sizeOf({ columns: 0, rows: 0 })).to.deep.equal({ columns: 120, rows: 39 });
    expect(sizeOf({})).to.deep.equal({ columns: 120, rows: 39 });
    expect(sizeOf({ columns: 80, rows: 24 })).to.deep.equal({ columns: 80, rows: 23 });
  });

  it("draws no control character of others, and colours without changing a letter [NX-FAC-01]", async () => {
    const written: string[] = [];
    const screen = openScreen(terminalInto(written));
    screen.draw(() => ["Trouble   a node said \u001b[2J\u202e", "enacted in #5 ✓"]);
    await delay(20);
    screen.close();
    screen.close();
    const drawn = written[1] ?? "";
    expect(drawn).to.include("a node said \\u{1b}[2J\\u{202e}");
    // oxlint-disable-next-line no-control-regex -- colours are control sequences
    expect(drawn.replaceAll(/\u001b\[\d*[a-zA-Z]/g, "")).to.equal(
      "Trouble   a node said \\u{1b}[2J\\u{202e}\nenacted in #5 ✓",
    );
    expect(written.filter((text) => text === BACK)).to.have.length(1);
  });

  it("draws the newest state at most four times a second, and gives the terminal back", async () => {
    const written: string[] = [];
    const screen = openScreen(terminalInto(written));
    let drawn = 0;
    const started = performance.now();
    for (let asked = 0; performance.now() - started < 600; asked += 1) {
      screen.draw(() => {
        drawn += 1;
        return [`state ${asked}`, "second line"];
      });
      await delay(10);
    }
    screen.close();
    expect(drawn).to.be.within(2, 3);
    expect(written[0]).to.include("\u001b[?1049h");
    expect(written[1]?.replace(/state \d+/, "state")).to.equal("\u001b[Hstate\u001b[K\nsecond line\u001b[K\u001b[J");
    expect(written.at(-1)).to.equal("\u001b[?25h\u001b[?1049l");
    const before = written.length;
    await delay(300);
    expect(written).to.have.length(before);
  });
});

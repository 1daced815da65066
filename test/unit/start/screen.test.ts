import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { openScreen } from "../../../scripts/start/screen.ts";

describe("the screen", () => {
  it("draws the newest state at most four times a second, and gives the terminal back", async () => {
    const written: string[] = [];
    const screen = openScreen({ write: (text) => void written.push(text) });
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

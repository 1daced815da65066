import { inflateSync } from "node:zlib";
import { expect } from "chai";
import { handlingOf, noticeOf } from "../../dashboard/worker/rules.ts";
import { ICONS, drawIcon } from "../../scripts/setup/icons.mjs";

const FILES = new Set(["/index.html", "/theme.js", "/assets/page-1.js"]);
const asked = (path: string, mode = "cors", method = "GET") => handlingOf({ method, mode, path }, FILES);

describe("The worker of the app", () => {
  it("keeps the built files alone, and leaves every answer of the gateway to the network", () => {
    expect(asked("/assets/page-1.js")).to.equal("keptFirst");
    expect(asked("/theme.js")).to.equal("networkFirst");
    expect(asked("/assets/page-0.js"), "of another build").to.equal("leave");
    for (const mode of ["cors", "navigate"]) expect(asked("/v1/overview", mode)).to.equal("leave");
    expect(asked("/proposals/0x01", "navigate")).to.equal("page");
    expect(asked("/theme.js", "cors", "POST")).to.equal("leave");
    expect(asked("/", "navigate", "POST")).to.equal("leave");
  });

  it("shows for each push a title, how urgent it is, and a way into its own pages", () => {
    const push = { id: "1-1", severity: "page", title: "An agent is cut off", path: "/alerts" };
    expect(noticeOf(JSON.stringify(push))).to.deep.equal({
      title: "An agent is cut off",
      body: "Somebody must look at it now.",
      tag: "1-1",
      path: "/alerts",
      isUrgent: true,
    });
    expect(noticeOf(JSON.stringify({ ...push, severity: "warn" })).isUrgent).to.equal(false);
  });

  it("shows something whatever a push holds, and leads nowhere else [NX-GTW-06]", () => {
    for (const text of ["", "{", "null", "[]", '"text"', "{}", '{"title":5,"path":7}']) {
      expect(noticeOf(text), text).to.include({ title: "NEXUS has an alert", path: "/alerts" });
    }
    for (const path of [
      "https://evil.example",
      "//evil.example",
      "/\\evil.example",
      "/a/../..",
      "javascript:1",
      "/a?b",
    ]) {
      expect(noticeOf(JSON.stringify({ path })).path, path).to.equal("/alerts");
    }
    expect(noticeOf(JSON.stringify({ path: "/proposals/0x01" })).path).to.equal("/proposals/0x01");
    const hostile = noticeOf(JSON.stringify({ title: `a\n\u202Eb${"x".repeat(5_000)}`, id: "\u0000" }));
    expect(hostile.title).to.match(/^a \\u\{202e\}bx+…$/);
    expect(Array.from(hostile.title)).to.have.length(120);
    expect(hostile.tag).to.equal("\\u{0}");
  });
});

/** The colour at a place of a PNG file as our script writes it, and its size. */
const decode = (file: Buffer) => {
  const size = file.readUInt32BE(16);
  const start = file.indexOf("IDAT");
  const pixels = inflateSync(file.subarray(start + 4, start + 4 + file.readUInt32BE(start - 4)));
  const at = (x: number, y: number): readonly number[] => {
    const offset = y * (size * 4 + 1) + 1 + x * 4;
    return [...pixels.subarray(offset, offset + 4)];
  };
  return { size, at };
};
const BLUE = [0x55, 0x66, 0xe8, 255];

describe("The icons of the app", () => {
  it("are the ring with the dot: filled in the middle and on the ring, clear between and outside", () => {
    const { size, at } = decode(drawIcon({ size: 192, isMaskable: false }));
    expect(size).to.equal(192);
    const middle = 96;
    expect(at(middle, middle)).to.deep.equal(BLUE);
    expect(at(middle + (13 / 32) * 192, middle)).to.deep.equal(BLUE);
    expect(at(middle + (8.5 / 32) * 192, middle)[3]).to.equal(0);
    expect(at(1, 1)[3]).to.equal(0);
  });

  it("fill their square where a mask may cut, the figure inside its middle four fifths", () => {
    const { size, at } = decode(drawIcon({ size: 512, isMaskable: true }));
    expect(at(0, 0)).to.deep.equal([255, 255, 255, 255]);
    expect(at(256, 256)).to.deep.equal(BLUE);
    const isDrawn = (x: number): boolean => at(x, 256)[0] !== 255;
    const first = Array.from({ length: 256 }, (_, x) => x).findIndex(isDrawn);
    expect(first / size).to.be.within(0.1, 0.2);
  });

  it("are those that the manifest and the page name", () => {
    expect([...ICONS.keys()]).to.deep.equal([
      "icons/icon-192.png",
      "icons/icon-512.png",
      "icons/maskable-512.png",
      "icons/touch-180.png",
    ]);
  });
});

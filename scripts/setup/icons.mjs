/**
 * Draws the app's icons, the ring with the dot, as PNG files. The same sizes give the same bytes, so that nothing of it needs to
 * be in the repository.
 */
import { crc32, deflateSync } from "node:zlib";

/** The figures of dashboard/public/icon.svg, as parts of its width. */
const RING = { radius: 13 / 32, width: 4 / 32 };
const DOT_RADIUS = 5.5 / 32;
const COLOUR = [0x55, 0x66, 0xe8];
const GROUND = [0xff, 0xff, 0xff];
/** A mask may cut off all but the middle circle of four fifths; the ring keeps clear of its edge. */
const MASKABLE_SCALE = 0.7;
const OPAQUE = 255;
const CHANNELS = 4;

/** How much of a pixel lies inside an edge: one well inside, zero well outside. @param {number} distance @returns {number} */
const cover = (distance) => Math.min(1, Math.max(0, 0.5 - distance));

/** How much of a pixel the figure covers. @param {number} fromMiddle @param {number} size @returns {number} */
const inkAt = (fromMiddle, size) => {
  const ring = cover(Math.abs(fromMiddle - RING.radius * size) - (RING.width * size) / 2);
  return Math.max(ring, cover(fromMiddle - DOT_RADIUS * size));
};

/** @param {string} name @param {Buffer} data @returns {Buffer} a chunk of a PNG file */
const chunk = (name, data) => {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
};

/** @param {number} size @returns {Buffer} the head of a file: eight bits each of red, green, blue and opacity */
const headOf = (size) => {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  return head;
};

/**
 * The icon as a PNG file. A maskable one fills its square, and keeps the figure where no mask cuts.
 * @param {{ size: number, isMaskable: boolean }} how `size`: width and height in pixels @returns {Buffer} the file
 */
export const drawIcon = ({ size, isMaskable }) => {
  const line = size * CHANNELS + 1;
  const pixels = Buffer.alloc(line * size);
  const middle = size / 2 - 0.5;
  const figure = isMaskable ? size * MASKABLE_SCALE : size;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const ink = inkAt(Math.hypot(x - middle, y - middle), figure);
      const colour = isMaskable ? COLOUR.map((c, i) => Math.round(c * ink + (GROUND[i] ?? 0) * (1 - ink))) : COLOUR;
      pixels.set([...colour, isMaskable ? OPAQUE : Math.round(OPAQUE * ink)], y * line + 1 + x * CHANNELS);
    }
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(pixels, { level: 9 });
  return Buffer.concat([signature, chunk("IHDR", headOf(size)), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
};

/** Every icon by its path among the built files. @type {ReadonlyMap<string, { size: number, isMaskable: boolean }>} */
export const ICONS = new Map([
  ["icons/icon-192.png", { size: 192, isMaskable: false }],
  ["icons/icon-512.png", { size: 512, isMaskable: false }],
  ["icons/maskable-512.png", { size: 512, isMaskable: true }],
  ["icons/touch-180.png", { size: 180, isMaskable: true }],
]);

// A screenshot of a page has a few thousand colours, nearly all of them in the edges of letters. With the 256 that it
// would miss most, each other one replaced by the nearest, its PNG is a third of the size and looks the same.
import { crc32, deflateSync, inflateSync } from "node:zlib";

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const maxColours = 256;
const truecolour = 2;
const indexed = 3;

/** The same picture with a palette. Takes 8-bit PNGs without transparency or interlacing, as Chromium makes them. */
export function withPalette(png) {
  const { width, height, rgb } = decode(png);
  const uses = new Map();
  for (const colour of rgb) uses.set(colour, (uses.get(colour) ?? 0) + 1);
  const palette = choose(uses);
  const indexOf = new Map(palette.map((colour, index) => [colour, index]));
  for (const colour of uses.keys()) if (!indexOf.has(colour)) indexOf.set(colour, nearest(palette, colour));

  const lines = Buffer.alloc(height * (width + 1));
  rgb.forEach((colour, at) => (lines[at + Math.floor(at / width) + 1] = indexOf.get(colour)));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, indexed, 0, 0, 0], 8);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap(parts))),
    chunk("IDAT", deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];

// Eyes tell greens apart best.
function distance(one, other) {
  const [r, g, b] = parts(one);
  const [red, green, blue] = parts(other);
  return 2 * (red - r) ** 2 + 4 * (green - g) ** 2 + 3 * (blue - b) ** 2;
}

const loss = ({ count, far }) => Math.sqrt(count) * far;

/** One colour after the other: the one that is missed most, by how far the nearest is and, less, how often it is used. */
function choose(uses) {
  const missed = [...uses].map(([colour, count]) => ({ colour, count, far: Infinity }));
  const palette = [];
  while (palette.length < Math.min(maxColours, uses.size)) {
    const [next] = missed.toSorted((a, b) => loss(b) - loss(a) || b.count - a.count);
    palette.push(next.colour);
    for (const one of missed) one.far = Math.min(one.far, distance(one.colour, next.colour));
  }
  return palette;
}

function nearest(palette, colour) {
  let best = 0;
  palette.forEach((candidate, index) => {
    if (distance(candidate, colour) < distance(palette[best], colour)) best = index;
  });
  return best;
}

function chunk(type, data) {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(typed.length + 8);
  framed.writeUInt32BE(data.length, 0);
  typed.copy(framed, 4);
  framed.writeUInt32BE(crc32(typed), typed.length + 4);
  return framed;
}

/** Pixels as 0xRRGGBB. The five filters are those of the PNG specification, section 9. */
function decode(png) {
  const data = [];
  let header = Buffer.alloc(0);
  for (let at = signature.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    const body = png.subarray(at + 8, at + 8 + length);
    const type = png.toString("latin1", at + 4, at + 8);
    if (type === "IHDR") header = body;
    if (type === "IDAT") data.push(body);
    at += length + 12;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header[8] !== 8 || header[9] !== truecolour || header[12] !== 0)
    throw new Error("this PNG is not 8-bit RGB without interlacing");
  const stride = width * 3;
  const filtered = inflateSync(Buffer.concat(data));
  const bytes = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = filtered[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= 3 ? bytes[at - 3] : 0;
      const up = y > 0 ? bytes[at - stride] : 0;
      const corner = x >= 3 && y > 0 ? bytes[at - stride - 3] : 0;
      const predicted = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      bytes[at] = filtered[y * (stride + 1) + 1 + x] + predicted;
    }
  }
  const rgb = new Uint32Array(width * height);
  for (let at = 0; at < rgb.length; at++) rgb[at] = bytes.readUIntBE(at * 3, 3);
  return { width, height, rgb };
}

function paeth(left, up, corner) {
  const estimate = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(estimate - value));
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

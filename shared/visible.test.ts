import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { visible } from "./visible.ts";

describe("visible", () => {
  it("leaves ordinary text in any language as it is", () => {
    for (const text of [
      "SELECT 1;\n\tFROM x -- ok",
      "WHERE имя = 'Иван'",
      "'naïve café ß 東京 😀 ελληνικά'",
      "a \\ b \\d",
    ])
      expect(visible(text)).toEqual({ text, hidden: [] });
  });

  it("writes out bidirectional, zero-width and control characters, and says where they are", () => {
    const { text, hidden } = visible("a\n-- \u202Etfel\u2066 x\u200By\u0000\r\u001B[2J");
    expect(text).toBe("a\n-- \\u{202E}tfel\\u{2066} x\\u{200B}y\\u{0}\\u{D}\\u{1B}[2J");
    expect(hidden[0]).toEqual({ index: 5, line: 2, column: 4, character: "U+202E", why: "invisible" });
    expect(hidden.map((place) => place.character)).toEqual([
      "U+202E",
      "U+2066",
      "U+200B",
      "U+0000",
      "U+000D",
      "U+001B",
    ]);
  });

  it("writes out what is drawn as nothing: fillers, tags, variation selectors, lone surrogates", () => {
    for (const character of [
      "\u3164",
      "\u{E0041}",
      "\uFE0F",
      "\u00AD",
      "\u2800",
      "\uFEFF",
      "\uD800",
      "\u034F",
      "\uE000",
    ])
      expect(visible(`x${character}y`).hidden).toHaveLength(1);
  });

  it("writes out spaces and line breaks that look like plain ones", () => {
    for (const character of ["\u00A0", "\u2003", "\u2028", "\u2029", "\u3000", "\u202F"])
      expect(visible(`a${character}b`).hidden[0]?.why).toBe("white-space");
  });

  it("writes out letters that imitate Latin ones inside a Latin word, and full-width forms", () => {
    expect(visible("DELETE FROM \u043Erders").text).toBe("DELETE FROM \\u{43E}rders");
    expect(visible("\uFF1B").hidden[0]?.why).toBe("look-alike");
  });

  it("writes out whole words of letters that are drawn as Latin ones, whatever their alphabet", () => {
    for (const imitation of [
      "\u0440\u0430\u0443\u0440\u0430\u04CF", // paypal, Cyrillic
      "\u0405\u0415\u0421\u0420\u0415\u0422", // SECPET, Cyrillic
      "\u03BF\u03C1", // op, Greek
      "\u0391\u0392\u0395_1", // ABE_1, Greek
      "\u0585\u057D\u0570", // oun, Armenian
      "\u13DF\u13AA\u13A2", // CAT, Cherokee
      "\uA4DA\uA4EE\uA4D4", // CAT, Lisu
      "\u0441\u03BFp\u0435", // cope, of three alphabets
    ]) {
      const { text } = visible(`drop table ${imitation};`);
      expect(text).toMatch(/^drop table [\x21-\x7E]+;$/);
      expect(text).toContain("\\u{");
    }
    for (const honest of [
      "\u0437\u0430\u043A\u0430\u0437\u044B",
      "\u03C0\u03B5\u03BB\u03AC\u03C4\u03B5\u03C2",
      "1_2",
    ])
      expect(visible(`select * from ${honest}`).hidden).toEqual([]);
  });

  it("writes out other forms of plain letters and signs, and leaves symbols that are seen as such", () => {
    for (const character of [
      "\u{1D42C}",
      "\u212A",
      "\u017F",
      "\uFB01",
      "\u2024",
      "\u037E",
      "\u0261",
      "\u01C3",
    ])
      expect(visible(`a${character}b`).hidden).toMatchObject([{ why: "look-alike" }]);
    for (const text of ["m\u00B2", "5 \u20AC \u2026 \u2122 \u00BD", "na\u00EFve caf\u00E9", "\u0131s\u0131"])
      expect(visible(text).hidden).toEqual([]);
  });

  it("writes out marks that pile up or cross out what they stand on", () => {
    expect(visible("e\u0301\u0323").hidden).toEqual([]);
    expect(visible(`e${"\u0301".repeat(5)}x`).text).toBe(`e\u0301\u0301${"\\u{301}".repeat(3)}x`);
    expect(visible("1\u0338 2\u20DD").text).toBe("1\\u{338} 2\\u{20DD}");
  });

  it("cannot be imitated: different texts never look the same", () => {
    expect(visible("\\u{202E}").text).toBe("\\u{5C}u{202E}");
    const tricky = fc.array(fc.constantFrom("\\", "u", "{", "}", "5C", "202E", "\u202E", "a", "\n"), {
      maxLength: 12,
    });
    const read = (shown: string) =>
      shown.replace(/\\u\{([0-9A-F]+)\}/g, (_, code: string) =>
        String.fromCodePoint(Number.parseInt(code, 16)),
      );
    fc.assert(
      fc.property(tricky, (parts) => {
        const text = parts.join("");
        expect(read(visible(text).text)).toBe(text);
      }),
    );
  });

  it("never shows a character that it counts as hidden", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(visible(visible(text).text).hidden).toEqual([]);
      }),
    );
  });
});

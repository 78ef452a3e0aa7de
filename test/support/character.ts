import fc from "fast-check";

const surrogates = { first: 0xd800, count: 0x800 };

/** Any character. `unit: "binary"` of fast-check is the same, after a second in which it writes a table of all of them. */
export const character = fc.nat(0x10ffff - surrogates.count).map(
  (index) => String.fromCodePoint(index < surrogates.first ? index : index + surrogates.count),
  (value) => {
    const [one, ...more] = typeof value === "string" ? value : "";
    const code = one?.codePointAt(0);
    if (code === undefined || more.length > 0) throw new Error("not one character");
    return code < surrogates.first ? code : code - surrogates.count;
  },
);

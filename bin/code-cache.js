// V8 trusts cached code: one flipped bit crashes it, and it would run the code of another source of the same length. So
// the cache file records source, V8 and flags, and is verified as a whole.
const fs = require("node:fs");
const { dirname, join } = require("node:path");

const magic = 0x6d_69_63_31;
const headerWords = 13;

class CodeCache {
  #file;
  #bytes;

  /** Reads the source. @throws the system's error if it is missing. */
  constructor(sourceFile) {
    this.#file = join(dirname(sourceFile), `micro-${process.version}-${process.arch}.cache`);
    this.#bytes = fs.readFileSync(sourceFile);
  }

  /** The bundle is ASCII, which V8 takes without conversion. */
  get source() {
    return this.#bytes.latin1Slice();
  }

  /**
   * Returns the cached code. Undefined if there is none, others can have written it, or it belongs to another source or
   * V8.
   */
  read() {
    try {
      const file = fs.openSync(this.#file, "r");
      try {
        if (!isOwn(fs.fstatSync(file))) return undefined;
        return this.#checked(fs.readFileSync(file));
      } finally {
        fs.closeSync(file);
      }
    } catch {
      return undefined;
    }
  }

  /**
   * Stores the code that `serialise` makes, for this user only, where nobody else can replace it. Made only if the
   * folder is writable: it takes long, and in a folder of another user every run would do it in vain.
   */
  write(serialise) {
    const fresh = `${this.#file}.${process.pid}`;
    try {
      const folder = dirname(this.#file);
      if (!isOwn(fs.statSync(folder))) return;
      fs.accessSync(folder, fs.constants.W_OK);
      const code = serialise();
      fs.writeFileSync(fresh, Buffer.concat([this.#header(code), code]), { mode: 0o600, flag: "wx" });
      fs.renameSync(fresh, this.#file);
    } catch {
      fs.rmSync(fresh, { force: true });
    }
  }

  #checked(kept) {
    const code = kept.subarray(headerWords * 4);
    return this.#header(code).equals(kept.subarray(0, headerWords * 4)) ? code : undefined;
  }

  #header(code) {
    const { versions, arch, execArgv, env } = process;
    const flags = JSON.stringify([versions.node, versions.v8, arch, execArgv, env.NODE_OPTIONS]);
    const sums = [checksum(this.#bytes), checksum(Buffer.from(flags)), checksum(code)];
    return Buffer.from(Int32Array.of(magic, ...sums.flat()).buffer);
  }
}

/** True if only this user or root can have written it. */
function isOwn({ uid, mode }) {
  const user = process.geteuid?.();
  return user === undefined || ((uid === user || uid === 0) && (mode & 0o022) === 0);
}

/**
 * A 128-bit checksum in four lanes, in which any changed byte shows. Node's own digests would add 6 ms to a start.
 * Computed in blocks, so that V8 compiles it early.
 */
function checksum(bytes) {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
  let state = [bytes.length, 0x2545f491, 0x27d4eb2f, 0x165667b1];
  for (let start = 0; start < words.length; start += 4096) state = mix(words, start, state);
  for (const byte of aligned.subarray(words.length << 2)) state[0] = Math.imul(state[0] ^ byte, 0x85ebca6b);
  return state;
}

function mix(words, start, [w, x, y, z]) {
  let [a, b, c, d] = [w, x, y, z];
  const end = Math.min(start + 4096, words.length);
  for (let at = start; at < end; at += 4) {
    a = Math.imul(a ^ words[at], 0x85ebca6b);
    b = Math.imul(b ^ words[at + 1], 0xc2b2ae35);
    c = Math.imul(c ^ words[at + 2], 0x27d4eb2f);
    d = Math.imul(d ^ words[at + 3], 0x165667b1);
    a ^= a >>> 15;
    b ^= b >>> 13;
    c ^= c >>> 16;
    d ^= d >>> 14;
  }
  return [a, b, c, d];
}

exports.CodeCache = CodeCache;

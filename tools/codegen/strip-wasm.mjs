/** Takes custom sections (names, DWARF, producers) out of a WebAssembly module. */
const HEADER_BYTES = 8;
const CUSTOM = 0;

export function stripped(module) {
  const parts = [module.subarray(0, HEADER_BYTES)];
  for (let at = HEADER_BYTES; at < module.length; ) {
    const [length, body] = varint(module, at + 1);
    if (module[at] !== CUSTOM) parts.push(module.subarray(at, body + length));
    at = body + length;
  }
  return Buffer.concat(parts);
}

/** The LEB128 number at `at`, and where it ends. */
function varint(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7, at += 1) {
    value += (bytes[at] & 0x7f) * 2 ** shift;
    if (bytes[at] < 0x80) return [value, at + 1];
  }
}

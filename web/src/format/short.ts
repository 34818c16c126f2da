/** Long byte strings, shortened for reading; the whole text always stays one click away. */

/** `7xKX…3fQp`. */
export function shortKey(text: string, head = 4, tail = 4): string {
  return text.length <= head + tail + 1 ? text : `${text.slice(0, head)}…${text.slice(-tail)}`;
}

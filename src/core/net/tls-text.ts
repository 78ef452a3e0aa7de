/** An error of OpenSSL: `80BC…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/…:355:`. */
const ofOpenSsl = /(?:write EPROTO )?[\dA-F]*:error:[\dA-F]+:[^:\n]*:[^:\n]*:([^:\n]*)(?::[^\n]*)?\n?/i;
/** Its words where the answer to a handshake is none: the peer speaks something else. */
const noTls = /wrong version number|packet length too long|http request|bad record type/i;

/** Returns a text with an error of OpenSSL in it as people read it. */
export function tlsText(text: string): string {
  return text.replace(ofOpenSsl, (_, why: string) => (noTls.test(why) ? "it speaks no TLS" : why)).trim();
}

/** True if the text says, by `tlsText`, that a peer speaks no TLS. */
export function saysNoTls(text: string): boolean {
  return text.includes("it speaks no TLS");
}

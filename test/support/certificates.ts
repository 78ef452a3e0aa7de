import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key and a certificate, PEM texts. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A certificate that signs itself, made by openssl for one day and for the names given, as `DNS:localhost,IP:127.0.0.1`. */
export function selfSigned(names: string): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "micro-cert-"));
  try {
    const keyFile = join(folder, "key.pem");
    const certFile = join(folder, "cert.pem");
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const args = [
      "req",
      "-x509",
      ...curve,
      "-days",
      "1",
      "-subj",
      "/CN=micro test",
      "-addext",
      `subjectAltName=${names}`,
    ];
    const { status, stderr } = spawnSync("openssl", [...args, "-keyout", keyFile, "-out", certFile]);
    if (status !== 0) throw new Error(`openssl: ${stderr}`);
    return { key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

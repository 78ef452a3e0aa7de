import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key and a certificate, PEM texts. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/**
 * A certificate that signs itself, made by openssl for one day and for the names given, as `DNS:localhost,IP:127.0.0.1`.
 * An expired one was good until yesterday.
 */
export function selfSigned(names: string, { expired = false } = {}): Certificate {
  const folder = mkdtempSync(join(tmpdir(), "micro-cert-"));
  const file = (name: string) => join(folder, `${name}.pem`);
  const [keyFile, requestFile, certFile] = [file("key"), file("request"), file("cert")];
  try {
    openssl(
      ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      [
        "-subj",
        "/CN=micro test",
        "-addext",
        `subjectAltName=${names}`,
        "-addext",
        "basicConstraints=CA:TRUE",
      ],
      ["-keyout", keyFile, "-out", requestFile],
    );
    openssl(
      ["x509", "-req", "-in", requestFile, "-signkey", keyFile, "-copy_extensions", "copy"],
      ["-days", expired ? "-1" : "1", "-out", certFile],
    );
    return { key: readFileSync(keyFile, "utf8"), cert: readFileSync(certFile, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function openssl(...args: readonly string[][]): void {
  const { status, stderr } = spawnSync("openssl", args.flat());
  if (status !== 0) throw new Error(`openssl: ${stderr}`);
}

import { fileFault, readSmallFile } from "../files/small-file.js";

/** What flags, variables and files say about TLS. */
export interface TlsSettings {
  /** Certificate and key together serve TLS without it, so it is only a check that they are there. */
  readonly enable_tls?: boolean;
  readonly tls_cert_file?: string;
  readonly tls_key_file?: string;
  readonly tls_client_ca_file?: string;
  readonly tls_ca_file?: string;
  readonly tls_insecure?: boolean;
}

/** Why settings do not fit together: one of them would count for nothing. Undefined when they do. */
export function tlsFault(settings: TlsSettings): string | undefined {
  const { enable_tls, tls_cert_file, tls_key_file, tls_client_ca_file, tls_ca_file, tls_insecure } = settings;
  const both = "--tls_cert_file and --tls_key_file";
  if (tls_cert_file && !tls_key_file) return "--tls_cert_file needs --tls_key_file";
  if (tls_key_file && !tls_cert_file) return "--tls_key_file needs --tls_cert_file";
  if (tls_client_ca_file && !tls_cert_file) return `--tls_client_ca_file needs ${both}`;
  if (enable_tls && !tls_cert_file) return `--enable_tls needs ${both}`;
  if (enable_tls === false && tls_cert_file) return `--enable_tls=false contradicts ${both}`;
  if (tls_insecure && tls_ca_file) return "--tls_insecure contradicts --tls_ca_file";
  return undefined;
}

/** PEM texts of the files. @throws {Error} that names the setting and the file which cannot be read. */
export function readTlsFiles(settings: TlsSettings) {
  const read = (flag: FileSetting) => {
    const path = settings[flag];
    if (!path) return undefined;
    try {
      return readSmallFile(path).toString();
    } catch (error) {
      throw new Error(`--${flag} "${path}" cannot be read: ${fileFault(error)}`, { cause: error });
    }
  };
  return {
    cert: read("tls_cert_file"),
    key: read("tls_key_file"),
    clientCa: read("tls_client_ca_file"),
    ca: read("tls_ca_file"),
  };
}

type FileSetting = "tls_cert_file" | "tls_key_file" | "tls_client_ca_file" | "tls_ca_file";

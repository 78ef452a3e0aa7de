import { fileFault, readSmallFile } from "../files/small-file.js";
import { withoutUndefined } from "../without-undefined.js";

/** TLS settings from flags, variables and files. */
export interface TlsSettings {
  /** Certificate and key alone already enable TLS. This only asserts that they are given. */
  readonly enable_tls?: boolean;
  readonly tls_cert_file?: string;
  readonly tls_key_file?: string;
  readonly tls_client_ca_file?: string;
  readonly tls_ca_file?: string;
  readonly tls_insecure?: boolean;
}

/** Returns why the settings contradict each other. Undefined if they do not. */
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

/**
 * Returns TLS options with the PEM files that the settings name. Undefined if they name none and accept no other
 * certificates. @throws {Error} that names the setting and the file that cannot be read.
 */
export function tlsFromSettings(settings: TlsSettings) {
  const read = (flag: FileSetting) => {
    const path = settings[flag];
    if (!path) return undefined;
    try {
      return readSmallFile(path).toString();
    } catch (error) {
      throw new Error(`--${flag} "${path}" cannot be read: ${fileFault(error)}`, { cause: error });
    }
  };
  const files = withoutUndefined({
    cert: read("tls_cert_file"),
    key: read("tls_key_file"),
    clientCa: read("tls_client_ca_file"),
    ca: read("tls_ca_file"),
  });
  const { tls_insecure: insecure } = settings;
  if (Object.keys(files).length === 0 && !insecure) return undefined;
  return { ...files, ...(insecure !== undefined && { insecure }) };
}

type FileSetting = "tls_cert_file" | "tls_key_file" | "tls_client_ca_file" | "tls_ca_file";

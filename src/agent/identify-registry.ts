import { get } from "node:http";
import { json } from "node:stream/consumers";

/** Returns which registry answers at `url`. Undefined if none does within a second. */
export async function identifyRegistry(url: string): Promise<string | undefined> {
  try {
    const self = await ask(`${url}/v1/agent/self`, AbortSignal.timeout(1000));
    const { Config } = self as { readonly Config: Readonly<Record<string, unknown>> };
    const which = Config.Revision === "micro-agent" ? "a micro agent" : `Consul ${String(Config.Version)}`;
    return `${which} (node ${String(Config.NodeName)})`;
  } catch {
    return undefined;
  }
}

function ask(url: string, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get(url, { signal, agent: false }, (response) => json(response).then(resolve, reject)).on(
      "error",
      reject,
    );
  });
}

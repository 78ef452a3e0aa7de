import { readFileSync } from "node:fs";
import { packageFile } from "../../core/files/package-file.js";
import type { ProjectOptions } from "./typescript.js";
import type { Files } from "./write-files.js";

/**
 * Returns a service in Python or Ruby: the example of this package under a new name. Both need a sidecar next to them.
 */
export function exampleProject(lang: "python" | "ruby", { service }: ProjectOptions): Files {
  const ending = lang === "python" ? "py" : "rb";
  const read = (name: string) =>
    readFileSync(packageFile(`examples/greeter/${lang}/${name}.${ending}`), "utf8");
  return {
    [`srv.${ending}`]: read("srv").replaceAll("go.micro.srv.greeter", service),
    [`sidecar.${ending}`]: read("sidecar"),
    "README.md": `# ${service}\n\n\`\`\`\nmicro dev srv.${ending}\nmicro query ${service} Say.Hello '{"name":"John"}'\n\`\`\`\n`,
  };
}

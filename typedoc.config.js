// The API reference: one module for each entry of package.json `exports`, so that no entry can be left out.
import { readFileSync } from "node:fs";

const { exports, repository } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

export default {
  entryPoints: Object.values(exports)
    .filter(({ types }) => types !== undefined)
    .map(({ types }) => types.replace(/^\.\/dist\/(.+)\.d\.ts$/, "src/$1.ts")),
  tsconfig: "tsconfig.build.json",
  // `tsc` has checked the types before.
  skipErrorChecking: true,
  out: "api-reference",
  readme: "none",
  // Links to sources need no git, which need not be there, or know the repository by another address.
  disableGit: true,
  sourceLinkTemplate: `${repository.url.replace(/^git\+|\.git$/g, "")}/blob/main/src/{path}#L{line}`,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  // An undocumented member, a type that no entry exports or a broken link fails the build.
  treatWarningsAsErrors: true,
  validation: {
    invalidLink: true,
    invalidPath: true,
    notExported: true,
    notDocumented: true,
    rewrittenLink: true,
    unusedMergeModuleWith: true,
  },
  requiredToBeDocumented: [
    "Class",
    "Interface",
    "TypeAlias",
    "Function",
    "Variable",
    "Enum",
    "EnumMember",
    "Method",
    "Property",
    "Accessor",
    "CallSignature",
  ],
};

import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";

/**
 * A Standard Schema (zod, valibot, arktype, …), as far as we use it. Source: standardschema.dev, version 1, and its
 * JSON Schema extension.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
      readonly output: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
    };
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type of a request or a response: a plain schema, or a protobuf message of `@bufbuild/protobuf`. */
export type MessageType = StandardSchema | DescMessage;

/** The types of a method, and what the registry says about it (`idempotent`, `path`, `handler`, …). */
export interface MethodTypes<Request = MessageType, Response = MessageType> {
  readonly request?: Request;
  readonly response?: Response;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What a handler receives for a type. */
export type Received<Type> = Type extends DescMessage
  ? MessageShape<Type>
  : Type extends StandardSchema<infer _Input, infer Output>
    ? Output
    : unknown;

/** What may be sent for a type. */
export type Sent<Type> = Type extends DescMessage
  ? MessageInitShape<Type>
  : Type extends StandardSchema<infer Input, infer _Output>
    ? Input
    : unknown;

/** True for a protobuf message type. */
export function isProtobuf(type: MessageType | undefined): type is DescMessage {
  return type !== undefined && "kind" in type && type.kind === "message";
}

import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";

/**
 * A schema that follows the Standard Schema interface: zod, valibot, arktype and others. Only the members that the
 * toolkit uses are listed. Source: standardschema.dev, version 1, and its JSON Schema extension.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The members of the standard. Schema libraries provide them. */
  readonly "~standard": {
    /** Version of the standard. */
    readonly version: 1;
    /** Name of the schema library, such as `zod`. */
    readonly vendor: string;
    /** Checks a value, and converts it where the schema says so. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** Carries the types of input and output. Never read at run time. */
    readonly types?:
      | {
          /** The type before validation. */
          readonly input: Input;
          /** The type after validation. */
          readonly output: Output;
        }
      | undefined;
    /** Converts the schema to JSON Schema. Without it, the registry describes the endpoint without its fields. */
    readonly jsonSchema?: {
      /** Returns the JSON Schema of the input. */
      readonly input: (options: JsonSchemaOptions) => Record<string, unknown>;
      /** Returns the JSON Schema of the output. */
      readonly output: (options: JsonSchemaOptions) => Record<string, unknown>;
    };
  };
}

/** Options of the conversion to JSON Schema. */
export interface JsonSchemaOptions {
  /** The version of JSON Schema. */
  readonly target: "draft-2020-12";
  /** Options that are specific to the library. */
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

/** The result of a validation: the value, or the issues that were found. */
export type SchemaResult<Output> =
  | {
      /** The validated value. */
      readonly value: Output;
      /** Absent when the value is valid. */
      readonly issues?: undefined;
    }
  | {
      /** What is wrong with the value. */
      readonly issues: readonly SchemaIssue[];
    };

/** A key of a path, for libraries that wrap keys. */
export interface SchemaPathSegment {
  /** The key. */
  readonly key: PropertyKey;
}

/** One reason why a value does not match its schema. */
export interface SchemaIssue {
  /** What is wrong, for people. */
  readonly message: string;
  /** Where it is wrong, from the outermost key to the innermost. */
  readonly path?: readonly (PropertyKey | SchemaPathSegment)[] | undefined;
}

/** The type of a request, a response or a message: a Standard Schema, or a message type of `@bufbuild/protobuf`. */
export type MessageType = StandardSchema | DescMessage;

/** The types of a method, and its metadata in the registry. */
export interface MethodTypes<Request = MessageType, Response = MessageType> {
  /** Type of the request. A server checks requests against it. Without it, any value is accepted. */
  readonly request?: Request;
  /** Type of the response. */
  readonly response?: Response;
  /** Metadata of the endpoint in the registry, such as `idempotent: "true"`. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The type of a value that a handler receives, once validated. */
export type Received<Type> = Type extends DescMessage
  ? MessageShape<Type>
  : Type extends StandardSchema<infer _Input, infer Output>
    ? Output
    : unknown;

/** The type of a value that may be sent, before it is validated. */
export type Sent<Type> = Type extends DescMessage
  ? MessageInitShape<Type>
  : Type extends StandardSchema<infer Input, infer _Output>
    ? Input
    : unknown;

/** True for a protobuf message type. */
export function isProtobuf(type: MessageType | undefined): type is DescMessage {
  return type !== undefined && "kind" in type && type.kind === "message";
}

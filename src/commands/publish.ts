import { isUtf8 } from "node:buffer";
import { Args } from "@oclif/core";
import { MicroCommand } from "../cli/command.js";
import { pairs, repeated, text } from "../cli/flags/flag-kinds.js";
import { readBody } from "../cli/request/request-source.js";

export default class Publish extends MicroCommand {
  static override summary = "publish a message to a topic";
  static override usage = "publish TOPIC [BODY|-|@FILE] [--header k=v]";
  static override examples = [`micro publish events '{"id":1}'`];
  static override strict = false;
  static override args = {
    topic: Args.string({ required: true, ignoreStdin: true, description: "name of the topic" }),
  };
  static override flags = {
    header: repeated("header of the message", { helpValue: "k=v" }),
    content_type: text(
      "content type of the body (default application/json, for bytes application/octet-stream)",
    ),
    file: text("file with the body; - is standard input", { char: "f" }),
  };

  async run(): Promise<object> {
    const { args, argv, flags } = await this.parse(Publish);
    const words = argv.slice(1).map(String);
    const body = (await readBody({ words, file: flags.file }, this.signal)) ?? Buffer.from("{}");
    const header = {
      "Content-Type": flags.content_type ?? (isUtf8(body) ? "application/json" : "application/octet-stream"),
      ...pairs("header", flags.header),
    };
    await using parts = await this.parts(flags);
    const broker = await parts.broker();
    const sent = broker.publish(args.topic, { header, body }, { signal: this.signal });
    await this.wait(`publishing to ${args.topic}`, sent);
    this.log("ok");
    return { published: { topic: args.topic, bytes: body.length, broker: broker.name } };
  }
}

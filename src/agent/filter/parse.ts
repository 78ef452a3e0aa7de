import { internal, type MicroError } from "../../core/errors.js";
import { type FilterToken, tokenise } from "./tokens.js";

/** Comparison of a selected value. Each one also exists negated. */
export type Operator = "equal" | "in" | "empty";

/** A filter as a syntax tree. */
export type Expression =
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not"; readonly of: Expression }
  | {
      readonly kind: "match";
      readonly selector: readonly string[];
      readonly operator: Operator;
      readonly value: string;
    };

/** Deepest nesting of parentheses and `not`. */
const maxDepth = 32;

/** Parses a `?filter=`. @throws {MicroError} 500 with Consul's text. */
export function parseFilter(text: string): Expression {
  const tokens = tokenise(text);
  if (!tokens) throw refused("no match found: a character that belongs to no filter");
  return new Parser(tokens).parse();
}

/** Makes the error for an invalid filter. Source: Consul 1.8 answers 500. */
export function refused(detail: string): MicroError {
  return internal("go.micro.agent", `Failed to create boolean expression evaluator: ${detail}`);
}

class Parser {
  readonly #tokens: readonly FilterToken[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly FilterToken[]) {
    this.#tokens = tokens;
  }

  parse(): Expression {
    const expression = this.#or();
    if (this.#next().kind !== "end") throw this.#unexpected();
    return expression;
  }

  #or(): Expression {
    const left = this.#and();
    return this.#word("or") ? { kind: "or", left, right: this.#or() } : left;
  }

  #and(): Expression {
    const left = this.#not();
    return this.#word("and") ? { kind: "and", left, right: this.#and() } : left;
  }

  #not(): Expression {
    if (this.#word("not")) return { kind: "not", of: this.#nested(() => this.#not()) };
    if (!this.#symbol("(")) return this.#match();
    const inner = this.#nested(() => this.#or());
    if (!this.#symbol(")")) throw this.#unexpected();
    return inner;
  }

  #nested(read: () => Expression): Expression {
    if (++this.#depth > maxDepth) throw refused("nested too deeply");
    const inner = read();
    this.#depth -= 1;
    return inner;
  }

  /** Parses `value in selector`, or a selector and its comparison. */
  #match(): Expression {
    const start = this.#at;
    const value = this.#next();
    if (value.kind === "text" || value.kind === "word") {
      this.#at += 1;
      const not = this.#word("not");
      if (this.#word("in")) return negated(not, match(this.#selector(), "in", value.text));
    }
    this.#at = start;
    const selector = this.#selector();
    if (this.#symbol("==")) return match(selector, "equal", this.#value());
    if (this.#symbol("!=")) return negated(true, match(selector, "equal", this.#value()));
    if (this.#word("is")) return this.#emptiness(selector);
    const not = this.#word("not");
    if (this.#word("contains")) return negated(not, match(selector, "in", this.#value()));
    if (this.#word("matches"))
      throw refused('the operator "matches" is not supported by this agent: use ==, in or contains');
    throw this.#unexpected();
  }

  #emptiness(selector: readonly string[]): Expression {
    const not = this.#word("not");
    if (!this.#word("empty")) throw this.#unexpected();
    return negated(not, match(selector, "empty", ""));
  }

  #selector(): readonly string[] {
    const path = [this.#text("word")];
    for (;;) {
      if (this.#symbol(".")) path.push(this.#text("word"));
      else if (this.#symbol("[")) {
        path.push(this.#text("text"));
        if (!this.#symbol("]")) throw this.#unexpected();
      } else return path;
    }
  }

  #value(): string {
    const { kind } = this.#next();
    return this.#text(kind === "text" ? "text" : "word");
  }

  #text(kind: "word" | "text"): string {
    const { kind: found, text } = this.#next();
    if (found !== kind) throw this.#unexpected();
    this.#at += 1;
    return text;
  }

  #word(text: string): boolean {
    return this.#accept("word", text);
  }

  #symbol(text: string): boolean {
    return this.#accept("symbol", text);
  }

  #accept(kind: FilterToken["kind"], text: string): boolean {
    const next = this.#next();
    if (next.kind !== kind || next.text !== text) return false;
    this.#at += 1;
    return true;
  }

  #next(): FilterToken {
    return this.#tokens[this.#at] ?? { kind: "end", text: "", at: 0 };
  }

  #unexpected(): MicroError {
    const { kind, text, at } = this.#next();
    return refused(`1:${at + 1} (${at}): no match found${kind === "end" ? "" : ` at "${text}"`}`);
  }
}

function match(selector: readonly string[], operator: Operator, value: string): Expression {
  return { kind: "match", selector, operator, value };
}

function negated(not: boolean, of: Expression): Expression {
  return not ? { kind: "not", of } : of;
}

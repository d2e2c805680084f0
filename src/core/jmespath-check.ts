import { functions, isFunctionName, type JmespathFunction } from './jmespath-functions.ts';
import type { Argument, Node } from './jmespath-node.ts';
import type { Tree } from './jmespath-parse.ts';
import type { Token } from './jmespath-token.ts';

export type Checked =
  | { readonly kind: 'expression'; readonly root: Node }
  | { readonly kind: 'invalid'; readonly detail: string }
  | { readonly kind: 'costly'; readonly detail: string };

/** How deep an expression's parts may stand within one another. */
export const MAX_DEPTH = 64;

/** How many parts an expression may have. */
const MAX_NODES = 1_000;

/** The parser's tree as our own nodes. Only what the specification has passes: the library's extensions are refused by name. */
export function checkTree(tree: Tree, tokens: readonly Token[]): Checked {
  try {
    return { kind: 'expression', root: new Checker(tokens).node(tree, 1) };
  } catch (error) {
    if (error instanceof Refusal) return { kind: error.kind, detail: error.message };
    throw error;
  }
}

/** Ends the check from any depth; it never leaves this file. */
class Refusal extends Error {
  readonly kind: 'invalid' | 'costly';

  constructor(kind: Refusal['kind'], detail: string) {
    super(detail);
    this.kind = kind;
  }
}

class Checker {
  readonly #tokens: readonly Token[];
  #nodes = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  node(tree: Tree, depth: number): Node {
    this.#nodes++;
    if (depth > MAX_DEPTH) throw new Refusal('costly', `is nested more than ${MAX_DEPTH} levels deep`);
    if (this.#nodes > MAX_NODES) throw new Refusal('costly', `has more than ${MAX_NODES} parts`);
    const inner = (child: Tree): Node => this.node(child, depth + 1);
    switch (tree.type) {
      case 'Identity':
      case 'Current':
        return { kind: 'current' };
      case 'Literal':
        return this.#literal(tree.value);
      case 'Field':
        return { kind: 'field', name: tree.name };
      case 'Index':
        return { kind: 'index', at: tree.value };
      case 'Slice':
        return sliceOf(tree.start, tree.stop, tree.step ?? 1);
      case 'Subexpression':
      case 'IndexExpression':
      case 'Pipe':
        return { kind: 'chain', left: inner(tree.left), right: inner(tree.right) };
      case 'Flatten':
        return { kind: 'flatten', of: inner(tree.child) };
      case 'Projection':
        return { kind: 'listProjection', left: inner(tree.left), right: inner(tree.right) };
      case 'ValueProjection':
        return { kind: 'objectProjection', left: inner(tree.left), right: inner(tree.right) };
      case 'FilterProjection':
        return { kind: 'filter', left: inner(tree.left), condition: inner(tree.condition), right: inner(tree.right) };
      case 'Comparator':
        return { kind: 'comparison', operator: tree.name, left: inner(tree.left), right: inner(tree.right) };
      case 'OrExpression':
        return { kind: 'or', left: inner(tree.left), right: inner(tree.right) };
      case 'AndExpression':
        return { kind: 'and', left: inner(tree.left), right: inner(tree.right) };
      case 'NotExpression':
        return { kind: 'not', of: inner(tree.child) };
      case 'MultiSelectList':
        return { kind: 'list', items: tree.children.map(inner) };
      case 'MultiSelectHash':
        return { kind: 'object', members: tree.children.map(({ name, value }) => [name, inner(value)] as const) };
      case 'Function':
        return callOf(
          tree.name,
          tree.children.map((child) => argumentOf(child, inner)),
        );
      case 'ExpressionReference':
        throw new Refusal('invalid', 'an expression after & can only be an argument of map, max_by, min_by or sort_by');
      default:
        throw new Refusal('invalid', `${extensions[tree.type]} no part of standard JMESPath`);
    }
  }

  #literal(place: unknown): Node {
    const token = this.#tokens[Number(place)];
    if (token?.kind !== 'literal') throw new Refusal('invalid', 'a literal is misplaced');
    return { kind: 'literal', value: token.value };
  }
}

const extensions = {
  Root: '$ is',
  Variable: 'a variable is',
  LetExpression: 'let is',
  Binding: 'an assignment is',
  Ternary: 'the operator ? : is',
  Arithmetic: 'arithmetic is',
  Unary: 'arithmetic is',
} as const;

function sliceOf(start: number | null, stop: number | null, step: number): Node {
  if (step === 0) throw new Refusal('invalid', 'the step of a slice cannot be 0');
  return { kind: 'slice', start, stop, step };
}

const argumentOf = (tree: Tree, inner: (child: Tree) => Node): Argument =>
  tree.type === 'ExpressionReference'
    ? { isReference: true, of: inner(tree.child) }
    : { isReference: false, of: inner(tree) };

function callOf(name: string, args: readonly Argument[]): Node {
  if (!isFunctionName(name)) throw new Refusal('invalid', `${name} is no function of standard JMESPath`);
  const { arity, variadic, reference }: JmespathFunction = functions[name];
  if (args.length < arity || (args.length > arity && variadic === undefined)) {
    throw new Refusal('invalid', `${name} wants ${describeArity(arity, variadic === true)}`);
  }
  const misplaced = args.findIndex((arg, at) => arg.isReference !== (at === reference));
  if (misplaced === -1) return { kind: 'call', name, args };
  const wanted = misplaced === reference ? 'an expression after &' : 'a value and no expression after &';
  throw new Refusal('invalid', `${name} wants ${wanted} as argument ${misplaced + 1}`);
}

const describeArity = (arity: number, atLeast: boolean): string =>
  `${atLeast ? 'at least ' : ''}${arity} ${arity === 1 ? 'argument' : 'arguments'}`;

import {
  Context,
  defaultOperators,
  type Emitter,
  Liquid,
  LiquidError,
  type Operators,
  Parser,
  RenderError,
  type Scope,
  type Template,
  Tokenizer,
  TypeGuards,
  toValue,
} from 'liquidjs';
import { searchSize, templateFilters } from './template-filters.ts';
import { CODE_RATE, PURSE, pay, TEXT_RATE } from './template-purse.ts';
import { checkShape } from './template-shape.ts';
import { templateTags, turnCostOf } from './template-tags.ts';
import { Halt, KeyMap, sizeOf, textOf } from './template-value.ts';

/** Characters that one template may produce; no Secret can hold more bytes. */
const MAX_OUTPUT = 1_048_576;

class MeteredEmitter implements Emitter {
  readonly #context: Context;
  buffer = '';

  constructor(context: Context) {
    this.#context = context;
  }

  write(value: unknown): void {
    pay(this.#context, sizeOf(value));
    this.buffer += textOf(value);
    if (this.buffer.length > MAX_OUTPUT) {
      throw new Halt(`the template produces more than the ${MAX_OUTPUT} bytes that a Secret holds`);
    }
  }
}

/** Liquid's own renderer, but that loops and output pay, and that no clock is read. */
const renderer: Liquid['renderer'] = {
  *renderTemplates(templates: Template[], context: Context, emitter: Emitter = new MeteredEmitter(context)) {
    pay(context, turnCostOf(templates));
    for (const template of templates) {
      try {
        const html: unknown = yield template.render(context, emitter);
        if (html) emitter.write(html);
      } catch (error) {
        if (error instanceof LiquidError || !(error instanceof Error)) throw error;
        throw new RenderError(error, template);
      }
      if (context.breakCalled || context.continueCalled) break;
    }
    return emitter.buffer;
  },
  renderTemplatesToNodeStream() {
    throw new Error('templates are rendered in one go');
  },
};

const COMPARISONS = ['==', '!=', '<', '>', '<=', '>='];

const operators: Operators = {
  ...defaultOperators,
  ...Object.fromEntries(
    COMPARISONS.map((name) => [name, metered(name, (left, right) => sizeOf(left) + sizeOf(right))]),
  ),
  contains: metered('contains', searchSize),
};

function metered(name: string, measure: (left: unknown, right: unknown) => number): Operators[string] {
  const operator = defaultOperators[name];
  if (operator === undefined) throw new Error(`Liquid has no operator ${name}`);
  return function* (left: unknown, right: unknown, context: Context): Generator<unknown, boolean, unknown> {
    // Of a map, Liquid's own says that it contains nothing.
    if (left instanceof KeyMap && name === 'contains') return left.has(textOf(right));
    pay(context, measure(left, right));
    return Boolean(yield Reflect.apply(operator, undefined, [left, right, context]));
  };
}

class Engine extends Liquid {
  override readonly renderer = renderer;

  constructor() {
    super({
      strictFilters: true,
      strictVariables: true,
      // A variable that is unknown may be asked for by `if`, and given another value by `default`: keys can be optional.
      lenientIf: true,
      ownPropertyOnly: true,
      // For parseLimit and renderLimit, too: the one knows of a single template only, the other goes by the clock.
      memoryLimit: PURSE,
      // In place of the file system.
      templates: {},
      locale: 'en-US',
      operators,
    });
    for (const name of Object.keys(this.tags)) delete this.tags[name];
    for (const name of Object.keys(this.filters)) delete this.filters[name];
    for (const [name, tag] of Object.entries(templateTags)) this.registerTag(name, tag);
    for (const [name, filter] of Object.entries(templateFilters)) this.registerFilter(name, filter);
  }
}

const engine = new Engine();

/** In it `data` is found first, and whatever is no variable is looked for in the fetched keys. */
class KeyContext extends Context {
  constructor(keys: KeyMap, memoryLimit?: Context['memoryLimit']) {
    const variables: object = Object.assign(Object.create(null), { data: keys });
    const purse = memoryLimit === undefined ? {} : { memoryLimit };
    super(variables, engine.options, { sync: true, globals: keys }, { liquid: engine, ...purse });
  }

  override readProperty(object: Scope, key: Parameters<Context['readProperty']>[1]): unknown {
    return object instanceof KeyMap ? object.get(String(toValue(key))) : super.readProperty(object, key);
  }
}

/** The rendering of one ExternalSecret's templates, which share one purse. */
export class Rendering {
  readonly #keys: KeyMap;
  readonly #context: Context;

  /** `keys` is what the templates see. */
  constructor(keys: KeyMap) {
    this.#keys = keys;
    this.#context = new KeyContext(keys);
  }

  parse(text: string): Template[] {
    pay(this.#context, TEXT_RATE * text.length);
    const tokens = new Tokenizer(text, engine.options.operators).readTopLevelTokens(engine.options);
    const code = tokens.filter((token) => !TypeGuards.isHTMLToken(token));
    pay(
      this.#context,
      code.reduce((sum, token) => sum + CODE_RATE * token.size(), 0),
    );
    const templates = new Parser(engine).parseTokens(tokens);
    checkShape(templates);
    return templates;
  }

  /** With a context of its own, so that no variable of one template reaches another. */
  render(templates: Template[]): string {
    return textOf(engine.renderSync(templates, new KeyContext(this.#keys, this.#context.memoryLimit)));
  }
}

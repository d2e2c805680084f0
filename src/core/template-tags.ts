import {
  AssignTag,
  BreakTag,
  CaptureTag,
  CaseTag,
  CommentTag,
  type Context,
  ContinueTag,
  type Emitter,
  evalToken,
  ForTag,
  IfTag,
  InlineCommentTag,
  type Liquid,
  type Parser,
  RawTag,
  type TagToken,
  type Template,
  type TopLevelToken,
  UnlessTag,
  Value,
} from 'liquidjs';
import { pay, TURN_RATE } from './template-purse.ts';
import { costOfKeys, KeyMap, sizeOf } from './template-value.ts';

/** What each turn of a loop costs, by the templates in it. */
const turnCosts = new WeakMap<readonly Template[], number>();

/** The cost of rendering these templates once more; nothing for those outside loops, which their parsing has paid for. */
export const turnCostOf = (templates: readonly Template[]): number => turnCosts.get(templates) ?? 0;

/** Loops alone can do much with little text, so each turn pays for the text in them. */
class MeteredFor extends ForTag {
  constructor(token: TagToken, remaining: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, remaining, liquid, parser);
    const end = remaining[0]?.begin ?? token.input.length;
    turnCosts.set(this.templates, TURN_RATE * (end - token.begin));
  }

  override *render(context: Context, emitter: Emitter): ReturnType<ForTag['render']> {
    const items: unknown = yield evalToken(this.collection, context);
    // Turns may be few where the list is long: what goes through it to find or reverse them is paid for at once.
    pay(context, items instanceof KeyMap ? costOfKeys(items) : sizeOf(items));
    return yield* super.render(context, emitter);
  }
}

/** Unlike Liquid's own, it does not take an unknown variable for nothing. */
class StrictAssign extends AssignTag {
  override *render(context: Context): Generator<unknown, void, unknown> {
    const [value] = this.arguments();
    const [variable] = this.localScope();
    if (!(value instanceof Value) || variable === undefined) throw new Error('assign without a value');
    Reflect.set(context.bottom(), variable.content, yield value.value(context, false));
  }
}

/** Unlike Liquid's own, it does not take an unknown variable for nothing, and pays for each comparison. */
class StrictCase extends CaseTag {
  override *render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    const subject: unknown = yield this.value.value(context, false);
    const comparisons = this.branches.reduce((sum, { values }) => sum + values.length, 0);
    pay(context, comparisons * sizeOf(subject));
    yield* super.render(context, emitter);
  }
}

/**
 * The tags that templates have. None reads another template, writes HTML, counts on from where another template stopped, or parses text
 * while it renders.
 */
export const templateTags = {
  '#': InlineCommentTag,
  assign: StrictAssign,
  break: BreakTag,
  capture: CaptureTag,
  case: StrictCase,
  comment: CommentTag,
  continue: ContinueTag,
  for: MeteredFor,
  if: IfTag,
  raw: RawTag,
  unless: UnlessTag,
} as const;

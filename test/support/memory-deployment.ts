import type { ObjectMeta } from '../../src/core/ports.ts';
import type { LiveWorkload, Rollout } from '../../src/core/workload-storage.ts';

const OURS = ['keyferry.dev/seen-revisions', 'keyferry.dev/last-restart'];

interface Pod {
  readonly createdS: number;
  readonly template: string;
}

/** A Deployment with its pods. Its controller takes one small step at a time, so that rollouts are seen from within. */
export class MemoryDeployment {
  metadata: ObjectMeta;
  readonly #podSpec: object;
  readonly #replicas: number;
  /** How often its pod template has changed. */
  templateChanges = 0;
  #templateAnnotations: Readonly<Record<string, string>> = {};
  #observedGeneration = 0;
  #pods: readonly Pod[] = [];
  /** Its controller makes no pods for the time being. */
  isPaused = false;
  /** New pods do not become ready: the rollout makes one, and fails. */
  isStuck = false;
  /** What its ReplicaSets keep: the template's annotations and its own, as they were. */
  readonly #former: {
    readonly template: Readonly<Record<string, string>>;
    readonly of: string;
    readonly own: ObjectMeta['annotations'];
  }[] = [];

  constructor(metadata: ObjectMeta, podSpec: object, replicas: number) {
    this.metadata = metadata;
    this.#podSpec = podSpec;
    this.#replicas = replicas;
  }

  get #template(): string {
    return JSON.stringify([this.#podSpec, this.#templateAnnotations]);
  }

  /** When its pods were created. */
  get podsCreatedS(): readonly number[] {
    return this.#pods.map(({ createdS }) => createdS);
  }

  read(serverTimeS: number): LiveWorkload {
    const isObserved = this.#observedGeneration >= this.metadata.generation;
    const ages = (isPresent: boolean): number[] =>
      this.#pods
        .filter(({ template }) => (isObserved && template === this.#template) === isPresent)
        .map(({ createdS }) => createdS);
    return {
      metadata: this.metadata,
      podSpec: this.#podSpec,
      templateAnnotations: this.#templateAnnotations,
      podsCreatedS: ages(true),
      outdatedPodsCreatedS: ages(false),
      formerAnnotations: this.#former.filter(({ of }) => of !== this.#template).map(({ own }) => own),
      rollout: { isPaused: this.isPaused, isOnDelete: false, deadlineS: undefined, ...this.#progress() },
      serverTimeS,
    };
  }

  #progress(): Pick<Rollout, 'phase' | 'desiredPods'> {
    const isThrough = this.#pods.filter(({ template }) => template === this.#template).length === this.#replicas;
    const isDone =
      this.#observedGeneration >= this.metadata.generation && isThrough && this.#pods.length === this.#replicas;
    return { phase: isDone ? 'done' : this.isStuck ? 'failed' : 'underWay', desiredPods: this.#replicas };
  }

  /** The generation of a Deployment counts changes of its annotations, too. */
  patch(
    stamped: ObjectMeta,
    annotations: Readonly<Record<string, string | null>>,
    templateAnnotations: Readonly<Record<string, string>>,
  ): void {
    this.#retemplate({ ...this.#templateAnnotations, ...templateAnnotations });
    const merged = Object.entries({ ...this.metadata.annotations, ...annotations }).filter(
      (entry): entry is [string, string] => entry[1] !== null,
    );
    this.metadata = { ...stamped, generation: stamped.generation + 1, annotations: Object.fromEntries(merged) };
  }

  /** As `kubectl rollout undo` does: the former template comes back, and with it the annotations of that time. */
  undo(stamped: ObjectMeta): void {
    const former = this.#former.at(-1);
    if (former === undefined) throw new Error('there is nothing to go back to');
    this.#retemplate(former.template);
    this.metadata = { ...stamped, generation: stamped.generation + 1, annotations: former.own };
  }

  /** As a tool does that takes the whole template, or the whole object but for what people wrote, for its own. */
  strip(stamped: ObjectMeta, isWhole: boolean): void {
    this.#retemplate({});
    const theirs = Object.entries(stamped.annotations).filter(([name]) => !isWhole || !OURS.includes(name));
    this.metadata = { ...stamped, generation: stamped.generation + 1, annotations: Object.fromEntries(theirs) };
  }

  #retemplate(annotations: Readonly<Record<string, string>>): void {
    const [template, before] = [this.#templateAnnotations, this.#template];
    this.#templateAnnotations = annotations;
    if (this.#template === before) return;
    this.templateChanges++;
    this.#former.push({ template, of: before, own: this.metadata.annotations });
  }

  /** Looks, then makes a new pod, then takes an old one away; false when there is nothing to do. */
  step(nowS: number): boolean {
    const template = this.#template;
    const outdated = this.#pods.filter((pod) => pod.template !== template);
    const present = this.#pods.length - outdated.length;
    if (this.#observedGeneration < this.metadata.generation) this.#observedGeneration = this.metadata.generation;
    else if (this.isPaused || (this.isStuck && present > 0 && outdated.length > 0)) return false;
    else if (outdated.length > 0 && this.#pods.length > this.#replicas) this.#pods = without(this.#pods, outdated[0]);
    else if (present < this.#replicas) this.#pods = [...this.#pods, { createdS: nowS, template }];
    else if (outdated.length > 0) this.#pods = without(this.#pods, outdated[0]);
    else return false;
    return true;
  }
}

const without = (pods: readonly Pod[], gone: Pod | undefined): readonly Pod[] => pods.filter((pod) => pod !== gone);

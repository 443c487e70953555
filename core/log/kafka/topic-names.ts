/** Names on the cluster: ours with the prefix of the settings. */
export class TopicNames {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** What each commit of `process` tells of itself, and the log's id. See commits-table.ts. */
  get commits(): string {
    return this.onCluster('commits');
  }

  onCluster(topic: string): string {
    return `${this.#prefix}${topic}`;
  }

  ours(topicOnCluster: string): string {
    return topicOnCluster.slice(this.#prefix.length);
  }

  /** The state of a group of `process`. */
  changelog(group: string): string {
    return this.onCluster(`${group}-changelog`);
  }

  /** Groups and transactional ids have the prefix too: two pipelines on one cluster don't meet. */
  group(group: string): string {
    return this.onCluster(group);
  }
}

/** A topic with placeholders, and what its placeholders are called. */
export interface GuessedTopic {
  readonly template: string;
  readonly names: readonly string[];
  /** The placeholder that most likely names the entity. */
  readonly entity: string | undefined;
  /** The samples did not say it. */
  readonly isMadeUp: boolean;
}

/** From the topics of the samples (one may have `{placeholders}` already, by the user), or made up. */
export function guessTopic(topics: readonly string[], hasId: boolean): GuessedTopic {
  const given = topics.find((topic) => /\{[^{}]+\}/.test(topic));
  if (given !== undefined) return named(given, false);
  if (topics.length === 0)
    return hasId
      ? { template: 'devices/#', names: [], entity: undefined, isMadeUp: true }
      : named('devices/{device}/state', true);
  const levels = topics.map((topic) => topic.split('/'));
  const shortest = Math.min(...levels.map(({ length }) => length));
  const hasRest = levels.some(({ length }) => length > shortest);
  const first = (levels[0] ?? []).slice(0, shortest);
  const isOpen = first.map(
    (level, index) => isNameLike(level) || levels.some((other) => other[index] !== level),
  );
  // Of one topic alone, the level before the last is most often the device; of a longer one too, the last that all have.
  if (!isOpen.includes(true)) isOpen[Math.max(0, first.length - (hasRest ? 1 : 2))] = true;
  const distinct = first.map((_, index) => new Set(levels.map((other) => other[index])).size);
  const most = Math.max(...distinct.filter((_, index) => isOpen[index] === true));
  const main = distinct.findLastIndex((count, index) => isOpen[index] === true && count === most);
  const names: string[] = [];
  const template = first.map((level, index) => {
    if (isOpen[index] !== true) return escaped(level);
    const name = nameFor(first[index - 1], { isMain: index === main, taken: names });
    names.push(name);
    return `{${name}}`;
  });
  const whole = [...template, ...(hasRest ? ['#'] : [])].join('/');
  return { template: whole, names, entity: entityAmong(names), isMadeUp: false };
}

/** `0101010101010101`, `sonoff-3`: a name of one of many, though the samples have but one; `v3` is a version. */
const isNameLike = (level: string) => /\d{2}|\d$/.test(level) && !/^v?\d{1,2}$/.test(level);

function named(template: string, isMadeUp: boolean): GuessedTopic {
  const names = [...template.matchAll(/\{([^{}]+)\}/g)].flatMap((match) => match[1] ?? []);
  return { template, names, entity: entityAmong(names), isMadeUp };
}

function entityAmong(names: readonly string[]): string | undefined {
  const device = names.find((name) => /id|device|sensor|station|node|vehicle|meter/i.test(name));
  return device ?? names.findLast((name) => !/^(?:event|state|status|type|kind)/.test(name));
}

/** `devices/` and `sensor/` say what comes after them; other levels don't. */
function nameFor(
  before: string | undefined,
  { isMain, taken }: { readonly isMain: boolean; readonly taken: readonly string[] },
): string {
  const word = before?.toLowerCase() ?? '';
  const isNoun =
    /^[a-z]{3,}s$/.test(word) ||
    /^(?:device|sensor|station|node|room|gateway|application|event|site|building|floor)$/.test(
      word,
    );
  const isState = /^(?:event|statu)s$/.test(word);
  const name = isNoun && !isState ? word.replace(/s$/, '') : isMain ? 'device' : 'group';
  return taken.includes(name) ? `${name}${taken.length + 1}` : name;
}

/** A level that holds braces, or is a wildcard, can't stand in a template as it is. */
const escaped = (level: string) => (/[{}+#]/.test(level) ? '+' : level);

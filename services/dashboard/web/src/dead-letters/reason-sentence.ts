import type { DeadLetterReason } from '../../../../../core/outcome.ts';

const sentences: Readonly<Record<DeadLetterReason, string>> = {
  'payload-empty': 'The payload was empty.',
  'payload-not-utf8': 'The payload was not UTF-8 text.',
  'payload-not-json': 'The payload was not JSON.',
  'payload-not-protobuf': 'The payload was no Protocol Buffers message.',
  'payload-malformed': 'The payload was not what its format reads.',
  'payload-too-large': 'The packet was larger than a record may be.',
  'topic-mismatch': 'The topic had not the levels that its source expects.',
  'path-missing': 'A value that is needed was missing from the payload.',
  'type-mismatch': 'A value was of another kind than its model says.',
  'time-missing': 'The payload had no time where one is declared.',
  'time-invalid': 'The time could not be read.',
  'time-nonexistent': 'The local time does not exist: clocks were put forward over it.',
  'entity-invalid': 'The entity had no usable type or id.',
  'number-not-finite': 'A number was not finite.',
  'name-unknown': 'The payload used a name that its device has not declared here.',
  'name-ambiguous': 'Two values of the device would be one field.',
  'sequence-gap': 'Messages of the device are missing before this one.',
  'decoder-threw': 'The decoder failed on the payload.',
  'record-undecodable': 'A record in the log could not be read with its schema.',
  'model-unknown': 'No model is declared for the entity’s type.',
  'field-unknown': 'The reading had a field that its model does not know.',
  'field-kind': 'A field was of another kind than its model says.',
  'out-of-range': 'A value lay outside the range of its model.',
  'from-the-future': 'The reading was too far ahead of our clock.',
  'position-invalid': 'The position was no place on Earth.',
  'too-many-at-one-time': 'More than a thousand readings of one entity bore the same time.',
  'rule-threw': 'A rule of the configuration failed on the reading.',
  'store-refused': 'The store refused the reading for what it holds.',
};

/** What a reason means, for people; one that the page doesn't know (the topic outlives the code) in its own words. */
export function reasonSentence(reason: string): string {
  if (Object.hasOwn(sentences, reason)) return sentences[reason as DeadLetterReason];
  const words = reason.replaceAll(/[-_]/g, ' ').trim().toLowerCase();
  return words === '' ? 'No reason was given.' : `${words[0]?.toUpperCase()}${words.slice(1)}.`;
}

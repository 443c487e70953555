import type { Step } from '../step.ts';

/** `seq` has three digits: it is the end of InfluxDB's nanoseconds. */
const maxAtOneTime = 1000;

/** Gives `seq`: how many readings of this entity at this time were passed on before it. */
export const numberInTime: Step = (reading, past) => {
  const seq = past.ids.length;
  if (seq < maxAtOneTime) {
    return { kind: 'ok', reading: seq === reading.seq ? reading : { ...reading, seq } };
  }
  return {
    kind: 'deadLetter',
    reason: 'too-many-at-one-time',
    detail: `An entity may have ${maxAtOneTime} readings at one time; ${reading.entityType}/${reading.entityId} already has ${seq} at ${reading.observedAt} microseconds.`,
    place: 'observedAt',
  };
};

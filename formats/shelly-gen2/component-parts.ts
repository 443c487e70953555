import { isObject } from '../device/device-fields.ts';

/** A component's status, or what one phase of an energy meter has of it. */
export interface ComponentPart {
  /** `switch:0`, `em:0/a`; undefined of what is the device's own (`wifi`, `sys`). */
  readonly name: string | undefined;
  /** `switch`, `em`, `wifi`. */
  readonly component: string;
  readonly value: unknown;
  readonly place: string;
}

const phasePattern = /^([abcn])_(.+)$/;

/** `em:0` and `emdata:0` hold three phases (and the neutral) by prefix: each is a part, and so is what has none. */
export function componentParts(key: string, value: unknown, place: string): ComponentPart[] {
  const [component = key, instance] = key.split(':');
  const name = instance === undefined ? undefined : key;
  const whole = { name, component, value, place };
  if ((component !== 'em' && component !== 'emdata') || !isObject(value)) return [whole];
  const phases = new Map<string, Record<string, unknown>>();
  const rest: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const [, phase, name] = phasePattern.exec(key) ?? [];
    if (phase === undefined || name === undefined) {
      rest[key] = inner;
      continue;
    }
    const ofPhase = phases.get(phase) ?? {};
    ofPhase[name] = inner;
    phases.set(phase, ofPhase);
  }
  // A phase without a clamp has null everywhere: nothing is measured there, ever.
  const measured = [...phases].filter(([, ofPhase]) =>
    Object.values(ofPhase).some((inner) => inner !== null),
  );
  return [
    { ...whole, value: rest },
    ...measured.map(([phase, value]) => ({
      ...whole,
      name: name === undefined ? undefined : `${name}/${phase}`,
      value,
    })),
  ];
}

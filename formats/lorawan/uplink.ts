import type { FormatOutcome } from '../../core/format.ts';
import type { DeadLetterOutcome } from '../../core/outcome.ts';
import { isRecordTime, type Position } from '../../core/reading.ts';
import { isObject, noValues } from '../device/device-fields.ts';
import { deadLetter, describeJson, type Part } from '../json/part.ts';
import type { Values } from '../json/read-fields.ts';
import { type LoraWanCodec, type LoraWanDeviceIds, runCodec } from './codec.ts';
import type { PayloadFields } from './payload-fields.ts';
import { type Reception, radioOf } from './radio.ts';

/** An uplink, whichever network server tells of it. */
export interface Uplink {
  readonly entityId: string;
  readonly device: LoraWanDeviceIds;
  /** When the network server got it, microseconds. */
  readonly observedAt: number;
  /** The network server's own id of it. */
  readonly id: string | undefined;
  readonly port: number;
  /** The device's bytes in base64; undefined where it sent none. */
  readonly payload: { readonly base64: unknown; readonly place: string } | undefined;
  /** What the network server has decoded; undefined where it has not. */
  readonly decoded: { readonly value: unknown; readonly place: string } | undefined;
  /** By each gateway that heard it. */
  readonly receptions: readonly Reception[];
  readonly confirmed: boolean;
  /** What the network server says of the frame: spreading factor, counter, ... */
  readonly frame: Readonly<Record<string, number | undefined>>;
  /** Of the device, as the network server knows it. */
  readonly deviceLocation: Position | null;
  readonly root: unknown;
  readonly numberTexts: Part['numberTexts'];
}

export interface UplinkReader {
  readonly entityType: string;
  readonly codec: LoraWanCodec | undefined;
  readonly payload: PayloadFields;
  /** Whether a device without a place gets that of the gateway which heard it best. */
  readonly usesGatewayPosition: boolean;
}

/** What was read of (part of) a payload. */
interface Piece {
  readonly values: Values;
  readonly position: Position | null;
  /** Undefined: the uplink's. */
  readonly observedAt: number | undefined;
}

/**
 * The readings of an uplink: of what the payload holds with the radio values, where it has a time of its own without
 * them; and if that is so of all of it, one of the radio values alone.
 */
export function uplinkOutcomes(uplink: Uplink, reader: UplinkReader): FormatOutcome[] {
  const decoded = decodedParts(uplink, reader);
  if ('kind' in decoded) return [decoded];
  const pieces = decoded.map((part) => readPiece(part, reader.payload));
  const hasPresent = pieces.some((piece) => !('kind' in piece) && piece.observedAt === undefined);
  const hasFault = pieces.some((piece) => 'kind' in piece);
  const all: (Piece | DeadLetterOutcome)[] =
    hasPresent || hasFault ? pieces : [...pieces, { ...noPiece(), observedAt: undefined }];
  const radio = radioOf(uplink);
  return all.map((piece, index) =>
    'kind' in piece ? piece : toOutcome(piece, index, { uplink, reader, radio }),
  );
}

type Radio = ReturnType<typeof radioOf>;

const noPiece = () => ({ values: noValues(), position: null });

function decodedParts(
  uplink: Uplink,
  { codec, payload }: UplinkReader,
): readonly Part[] | DeadLetterOutcome {
  const { decoded, port, root, numberTexts } = uplink;
  const whole: Part = { value: root, root, numberTexts, topicTexts: [], place: '$' };
  // Port 0 is the network's own, and a frame may be nothing but an acknowledgement.
  const hasPayload = uplink.payload !== undefined && port !== 0;
  if (codec !== undefined) {
    if (!hasPayload) return [];
    const fields = decodeBytes(uplink, codec);
    const { place } = uplink.payload;
    return 'kind' in fields
      ? (fields as DeadLetterOutcome)
      : fields.map((value) => ({ ...whole, value, place }));
  }
  if (decoded !== undefined) {
    if (isObject(decoded.value)) return [{ ...whole, ...decoded }];
    return deadLetter(
      'type-mismatch',
      `Expected an object with fields; came ${describeJson(decoded)}.`,
      decoded.place,
    );
  }
  if (!hasPayload || !payload.areNamed) return [];
  return deadLetter(
    'path-missing',
    'Expected a payload that the network server has decoded; came its bytes alone. Give the device a codec there, or the format one here.',
    uplink.payload.place,
  );
}

const base64Pattern = /^[A-Za-z0-9+/]*={0,2}$/;

function decodeBytes(
  { payload, port, observedAt, device }: Uplink,
  codec: LoraWanCodec,
): ReturnType<typeof runCodec> {
  const { base64, place } = payload ?? { base64: '', place: '$' };
  if (typeof base64 !== 'string' || !base64Pattern.test(base64))
    return deadLetter(
      'type-mismatch',
      `Expected bytes in base64; came ${describeJson({ value: base64 })}.`,
      place,
    );
  const bytes = [...Buffer.from(base64, 'base64')];
  const recvTime = new Date(observedAt / 1000);
  return runCodec(codec, { fPort: port, bytes, recvTime, device }, place);
}

function readPiece(part: Part, fields: PayloadFields): Piece | DeadLetterOutcome {
  const { time, ...rest } = part.value as Readonly<Record<string, unknown>>;
  const isTime = time instanceof Date;
  const values = noValues();
  const position = fields.read(isTime ? { ...part, value: rest } : part, values);
  if (position !== null && 'kind' in position) return position;
  if (!isTime) return { values, position, observedAt: undefined };
  const observedAt = Math.round(time.getTime() * 1000);
  if (isRecordTime(observedAt)) return { values, position, observedAt };
  return deadLetter('time-invalid', `Expected a time from the codec; came ${time}.`, part.place);
}

function toOutcome(
  { values, position, observedAt }: Piece,
  index: number,
  { uplink, reader, radio }: { uplink: Uplink; reader: UplinkReader; radio: Radio },
): FormatOutcome {
  const { entityId, device, id, deviceLocation } = uplink;
  const isPresent = observedAt === undefined;
  const known = deviceLocation ?? (reader.usesGatewayPosition ? radio.gatewayLocation : null);
  return {
    kind: 'ok',
    observation: {
      entityType: reader.entityType,
      entityId,
      observedAt: observedAt ?? uplink.observedAt,
      id: id === undefined || index === 0 ? id : `${id}.${index}`,
      ...(isPresent ? withRadio(radio, values) : values),
      tags: {
        application: device.application,
        ...(device.profile === undefined ? {} : { profile: device.profile }),
      },
      position: position ?? (isPresent ? known : null),
    },
  };
}

/** What the device says of itself stands before what the network server says. */
function withRadio(radio: Radio, { numbers, flags, texts, unset }: Values): Values {
  const isTaken = (name: string) =>
    Object.hasOwn(numbers, name) || Object.hasOwn(flags, name) || Object.hasOwn(texts, name);
  const free = <T>(values: Readonly<Record<string, T>>) => {
    const left: Record<string, T> = {};
    for (const name in values) if (!isTaken(name)) left[name] = values[name] as T;
    return left;
  };
  return {
    numbers: { ...free(radio.numbers), ...numbers },
    flags: { ...free(radio.flags), ...flags },
    texts: { ...free(radio.texts), ...texts },
    unset,
  };
}

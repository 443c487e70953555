/**
 * The fields that are read of GTFS Realtime 2.0 (https://gtfs.org/documentation/realtime/proto/), by their numbers;
 * others, and extensions, are skipped.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

type Scalar = 'string' | 'uint32' | 'int32' | 'uint64' | 'int64' | 'bool' | 'float' | 'double';
type Field = readonly [name: string, type: Scalar | MessageType, repeated?: 'repeated'];
interface MessageType {
  readonly fields: Readonly<Record<number, Field>>;
}

export interface TripDescriptor {
  readonly tripId?: string;
  readonly startTime?: string;
  readonly startDate?: string;
  readonly scheduleRelationship?: number;
  readonly routeId?: string;
  readonly directionId?: number;
}

export interface VehicleDescriptor {
  readonly id?: string;
  readonly label?: string;
  readonly licensePlate?: string;
}

export interface StopTimeEvent {
  readonly delay?: number;
  readonly time?: number;
}

export interface StopTimeUpdate {
  readonly stopSequence?: number;
  readonly arrival?: StopTimeEvent;
  readonly departure?: StopTimeEvent;
  readonly stopId?: string;
  readonly scheduleRelationship?: number;
}

export interface TripUpdate {
  readonly trip?: TripDescriptor;
  readonly stopTimeUpdate?: readonly StopTimeUpdate[];
  readonly vehicle?: VehicleDescriptor;
  readonly timestamp?: number;
  readonly delay?: number;
}

export interface VehiclePosition {
  readonly trip?: TripDescriptor;
  readonly position?: {
    readonly latitude?: number;
    readonly longitude?: number;
    readonly bearing?: number;
    readonly odometer?: number;
    readonly speed?: number;
  };
  readonly currentStopSequence?: number;
  readonly currentStatus?: number;
  readonly timestamp?: number;
  readonly congestionLevel?: number;
  readonly stopId?: string;
  readonly vehicle?: VehicleDescriptor;
  readonly occupancyStatus?: number;
  readonly occupancyPercentage?: number;
}

export interface FeedEntity {
  readonly id?: string;
  readonly isDeleted?: boolean;
  readonly tripUpdate?: TripUpdate;
  readonly vehicle?: VehiclePosition;
}

export interface FeedHeader {
  readonly version?: string;
  readonly incrementality?: number;
  readonly timestamp?: number;
}

const trip: MessageType = {
  fields: {
    1: ['tripId', 'string'],
    2: ['startTime', 'string'],
    3: ['startDate', 'string'],
    4: ['scheduleRelationship', 'int32'],
    5: ['routeId', 'string'],
    6: ['directionId', 'uint32'],
  },
};
const vehicle: MessageType = {
  fields: { 1: ['id', 'string'], 2: ['label', 'string'], 3: ['licensePlate', 'string'] },
};
const stopTimeEvent: MessageType = { fields: { 1: ['delay', 'int32'], 2: ['time', 'int64'] } };
const stopTimeUpdate: MessageType = {
  fields: {
    1: ['stopSequence', 'uint32'],
    2: ['arrival', stopTimeEvent],
    3: ['departure', stopTimeEvent],
    4: ['stopId', 'string'],
    5: ['scheduleRelationship', 'int32'],
  },
};
const tripUpdate: MessageType = {
  fields: {
    1: ['trip', trip],
    2: ['stopTimeUpdate', stopTimeUpdate, 'repeated'],
    3: ['vehicle', vehicle],
    4: ['timestamp', 'uint64'],
    5: ['delay', 'int32'],
  },
};
const position: MessageType = {
  fields: {
    1: ['latitude', 'float'],
    2: ['longitude', 'float'],
    3: ['bearing', 'float'],
    4: ['odometer', 'double'],
    5: ['speed', 'float'],
  },
};
const vehiclePosition: MessageType = {
  fields: {
    1: ['trip', trip],
    2: ['position', position],
    3: ['currentStopSequence', 'uint32'],
    4: ['currentStatus', 'int32'],
    5: ['timestamp', 'uint64'],
    6: ['congestionLevel', 'int32'],
    7: ['stopId', 'string'],
    8: ['vehicle', vehicle],
    9: ['occupancyStatus', 'int32'],
    10: ['occupancyPercentage', 'uint32'],
  },
};
const feedEntity: MessageType = {
  fields: {
    1: ['id', 'string'],
    2: ['isDeleted', 'bool'],
    3: ['tripUpdate', tripUpdate],
    4: ['vehicle', vehiclePosition],
  },
};
const feedHeader: MessageType = {
  fields: { 1: ['version', 'string'], 2: ['incrementality', 'int32'], 3: ['timestamp', 'uint64'] },
};

const { Varint, Bit32, Bit64, LengthDelimited } = WireType;
const wireOf: Readonly<Record<Scalar, WireType>> = {
  string: LengthDelimited,
  uint32: Varint,
  int32: Varint,
  uint64: Varint,
  int64: Varint,
  bool: Varint,
  float: Bit32,
  double: Bit64,
};

/** A feed with its entities as bytes: each of them is decoded, or found broken, by itself. */
export interface Feed {
  readonly header: FeedHeader | undefined;
  readonly entities: readonly Uint8Array[];
}

/** Undefined past `maxEntities`. Throws what the reader says of bytes that are no feed. */
export function readFeed(bytes: Uint8Array, maxEntities: number): Feed | undefined {
  const reader = new BinaryReader(bytes);
  const entities: Uint8Array[] = [];
  let header: FeedHeader | undefined;
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1 && wire === LengthDelimited)
      header = readMessage(new BinaryReader(reader.bytes()), feedHeader) as FeedHeader;
    else if (field === 2 && wire === LengthDelimited) {
      if (entities.length >= maxEntities) return undefined;
      entities.push(reader.bytes());
    } else reader.skip(wire, field);
  }
  return { header, entities };
}

/** Throws what the reader says of bytes that are no entity. */
export function readEntity(bytes: Uint8Array): FeedEntity {
  return readMessage(new BinaryReader(bytes), feedEntity) as FeedEntity;
}

/** From where the reader is to `end`. A reader for each inner message would take a quarter of a decode. */
function readMessage(reader: BinaryReader, { fields }: MessageType, end = reader.len): object {
  const message: Record<string, unknown> = {};
  while (reader.pos < end) {
    const [number, wire] = reader.tag();
    const [name, type, repeated] = fields[number] ?? [];
    const expected = typeof type === 'string' ? wireOf[type] : LengthDelimited;
    if (name === undefined || type === undefined || wire !== expected) {
      reader.skip(wire, number);
      continue;
    }
    const value =
      typeof type === 'string' ? readScalar(reader, type) : readInner(reader, type, end);
    if (repeated === undefined) message[name] = value;
    else {
      const list = (message[name] ?? []) as unknown[];
      list.push(value);
      message[name] = list;
    }
  }
  if (reader.pos > end) throw pastEnd();
  return message;
}

function readInner(reader: BinaryReader, type: MessageType, outerEnd: number): object {
  const bytes = reader.uint32();
  const end = reader.pos + bytes;
  if (end > outerEnd) throw pastEnd();
  return readMessage(reader, type, end);
}

/** In the reader's own words for it. */
const pastEnd = () => new RangeError('premature EOF');

function readScalar(reader: BinaryReader, type: Scalar): unknown {
  switch (type) {
    case 'uint64':
    case 'int64':
      // Seconds since 1970: what is beyond 2^53 is no time anyway.
      return Number(reader[type]());
    case 'float':
      return shortestOfFloat(reader.float());
    default:
      return reader[type]();
  }
}

/** The shortest decimal that is this 32-bit float: 60.17, not 60.16999816894531. */
function shortestOfFloat(value: number): number {
  for (let scale = 1; scale <= 1e7; scale *= 10) {
    const shorter = Math.round(value * scale) / scale;
    if (Math.fround(shorter) === value) return shorter;
  }
  return value;
}
